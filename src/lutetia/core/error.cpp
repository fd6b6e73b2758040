#include "lutetia/core/error.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>

#include "lutetia/core/text.hpp"

namespace lutetia {
namespace {

std::string all_messages(const std::vector<Problem>& problems) {
  std::vector<std::string> messages;
  for (const Problem& problem : problems) messages.push_back(problem.message());
  return join(messages, "\n");
}

/// The offending line with a caret under the column, or "" without a file position. Of a long line
/// the part around the column is shown.
std::string excerpt(const Location& where) {
  if (!where.source || where.line < 1) return "";
  const auto& lines = where.source->lines;
  if (static_cast<std::size_t>(where.line) > lines.size()) return "";
  std::string_view line = lines[where.line - 1];
  constexpr std::size_t widest = 120, before = 60;
  std::size_t caret = where.column > 0 ? where.column - 1 : 0;
  std::string shown;
  if (character_count(line) > widest && caret > widest - before / 2) {
    line.remove_prefix(first_characters(line, caret - before).size());
    caret = before + 1;
    shown = "…";
  }
  const std::string_view part = first_characters(line, widest);
  shown += part;
  if (part.size() < line.size()) shown += "…";
  const std::string number = text(where.line);
  const std::string margin(std::max<std::size_t>(6, number.size() + 1) - number.size(), ' ');
  std::string out = text('\n', margin, number, " | ", shown);
  if (where.column > 0 && caret <= character_count(shown)) {
    std::string padding;  // tabs stay tabs, so that the caret stands under its character
    for (const char c : first_characters(shown, caret))
      if (const bool continues = (static_cast<unsigned char>(c) & 0xc0) == 0x80; !continues)
        padding += c == '\t' ? '\t' : ' ';
    out += text('\n', std::string(margin.size() + number.size(), ' '), " | ", padding, '^');
  }
  return out;
}

}  // namespace

std::string Problem::message() const {
  std::string position;
  if (where.source) {
    position = where.source->file;
    if (where.line > 0) position += text(':', where.line, ':', where.column);
    position += ": ";
  }
  std::string out = position + what;
  if (!where.source && !where.path.empty()) out = text(where.path, ": ", what);
  if (!found.empty()) out += ", found " + found;
  if (!expected.empty()) out += ", expected " + expected;
  if (!hint.empty()) out += "; " + hint;
  return out + excerpt(where);
}

std::vector<Problem> Problems::sorted() const {
  auto key = [](const Problem& p) {
    return std::tuple(p.where.file(), p.where.line, p.where.column);
  };
  std::vector<Problem> out;
  std::set<std::string> messages;
  for (const Problem& p : problems_)
    if (messages.insert(p.message()).second) out.push_back(p);
  std::stable_sort(out.begin(), out.end(),
                   [&](const Problem& a, const Problem& b) { return key(a) < key(b); });
  return out;
}

void Problems::throw_if_any() const {
  if (!empty()) throw ModelError(sorted());
}

ModelError::ModelError(std::vector<Problem> problems)
    : Error(all_messages(problems)), problems_(std::move(problems)) {}

std::string to_string(SolverFailure failure) {
  switch (failure) {
    case SolverFailure::step_too_small:
      return "the step became too small";
    case SolverFailure::too_many_steps:
      return "too many steps";
    case SolverFailure::not_finite:
      return "a rate is not finite";
    case SolverFailure::singular_matrix:
      return "the linear system is singular";
  }
  return "unknown reason";
}

SolverError::SolverError(SolverFailure reason, double time, double step, std::string state,
                         std::string nearest_event, std::size_t accepted_steps)
    : Error(text("integration failed: ", to_string(reason), " at ", time, " h (step ", step,
                 " h) in state ", quote(state), ", nearest event: ", nearest_event, ", after ",
                 accepted_steps, " accepted steps")),
      reason_(reason),
      time_(time),
      step_(step),
      state_(std::move(state)),
      nearest_event_(std::move(nearest_event)),
      accepted_steps_(accepted_steps) {}

}  // namespace lutetia
