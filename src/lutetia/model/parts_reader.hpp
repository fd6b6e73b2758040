/// @file The parts of a model file around its organs: effects, routes, voiding, sites of lesions.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "lutetia/model/model.hpp"

namespace lutetia {

/// Calls read(name, value) for each entry of a map of named things.
void each_entry(const Node* node, const std::string& what, Problems& problems,
                const std::function<void(const std::string&, const Node&)>& read);

/// A map from a name used in processes or sites to a compartment.
std::map<std::string, Place> read_connections(const Node* node, const std::string& what,
                                              Problems& problems);

std::vector<Effect> read_effects(const Node* node, Problems& problems);

/// A route is a compartment, a list of compartments (one per substance) or shared by a group:
/// {organs: hepatic, compartment: vascular, in_proportion_to: flow, remainder: veins}.
std::map<std::string, Route> read_routes(const Node* node, Problems& problems);

std::vector<Voiding> read_voiding(const Node* node, Problems& problems);
std::vector<ContentShare> read_content_shares(const Node* node, Problems& problems);
std::vector<DaughterRelease> read_daughter_release(const Node* node, Problems& problems);

std::vector<Site> read_sites(const Node* node, Problems& problems);

/// Substances a model cannot simulate, each with the reason shown to the user.
std::map<std::string, std::string> read_refusals(const Node* node, Problems& problems);

}  // namespace lutetia
