/// @file Optional modules: files that add to a model, replace parts of it or take parts away.
///
/// A module has the sections of a model. Parameters, compartments, effects, observables, routes and
/// sites replace those of the same name; processes replace those of the same `name:`; organ types
/// and organs are merged section by section; `without:` lists what is taken away, `excludes:` the
/// modules it cannot be combined with. The merged tree meets the same reader and the same checks as
/// a model written in one piece.
#pragma once

#include <string>
#include <vector>

#include "lutetia/document/library.hpp"

namespace lutetia {

/// Merge one module into a model tree.
void merge_module(Node& model, const Node& module, Problems& problems);

/// Merge modules, named as in the model's folder or given by path, in the order given.
/// @param hash  takes up the text of the model and of every module
/// @throws FileError when there is no such module
Node with_modules(const Library& library, Node model, const std::vector<std::string>& modules,
                  ContentHash& hash, Problems& problems);

}  // namespace lutetia
