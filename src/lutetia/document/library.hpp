/// @file Find shipped and user-made data files by kind and name.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "lutetia/document/node.hpp"

namespace lutetia {

/// A `models/` folder. A name is looked up in the sub-folder of its kind; a path is taken as it is.
class Library {
 public:
  explicit Library(std::filesystem::path root) : root_(std::move(root)) {}

  /// @param kind  "model", "nuclide", "ligand", "s_values", "amino_acids", "fit_assumptions",
  ///   "radiobiology", "regimen", "patient" or "case"
  /// @param name  a library name ("netter1", "Lu-177") or the path of a YAML file
  /// @throws FileError with the nearest name when there is none
  std::filesystem::path find(const std::string& kind, const std::string& name) const;

  /// The file of an optional module of a model.
  /// @throws FileError with the nearest name when there is none
  std::filesystem::path find_module(const std::string& model, const std::string& name) const;

  /// Names of the modules of a model, sorted.
  std::vector<std::string> module_names(const std::string& model) const;

  /// Read and parse the entry of find().
  Node read(const std::string& kind, const std::string& name) const;

  /// Names of all entries of a kind, sorted.
  std::vector<std::string> names(const std::string& kind) const;

  const std::filesystem::path& root() const { return root_; }

 private:
  std::filesystem::path root_;
};

}  // namespace lutetia
