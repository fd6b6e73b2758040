/// @file The organs and lesions one patient has, with everything their types pass on.
#pragma once

#include <vector>

#include "lutetia/model/model.hpp"
#include "lutetia/model/patient.hpp"
#include "lutetia/system/scope.hpp"

namespace lutetia {

struct PatientOrgans {
  std::vector<OrganInstance> present;    ///< organs of the model, then lesions, in written order
  std::vector<OrganInstance> templates;  ///< what the patient lacks, and every lesion type
};

/// Instantiate organ types for a patient. Lesion parameters become the instance's own values.
PatientOrgans organs_of(const Model& model, const Patient& patient, Problems& problems);

}  // namespace lutetia
