/// @file What can go wrong, as types that carry the facts behind their message.
///
/// Three families reach the user: his input is wrong (ModelError, DataError, UnitError), the
/// mathematics failed (SolverError), or the caller broke a contract (std::invalid_argument).
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace lutetia {

/// The text of one input file, kept so that a message can show the offending line.
struct SourceText {
  std::string file;
  std::vector<std::string> lines;
};

/// A place in an input: file position when it came from a file, else only the path of keys.
struct Location {
  std::shared_ptr<const SourceText> source;
  int line = 0;    ///< 1-based; 0 when unknown
  int column = 0;  ///< 1-based, in characters; 0 when unknown
  std::string path;

  std::string file() const { return source ? source->file : std::string{}; }
};

/// One thing wrong with an input: what, where, found, expected, hint.
struct Problem {
  std::string what;
  Location where = {};
  std::string found = {};
  std::string expected = {};
  std::string hint = {};

  /// "file:line:column: what, found …, expected …; hint" followed by the line and a caret.
  std::string message() const;
};

/// Collects every problem of an input so that the user repairs it in one edit.
class Problems {
 public:
  void add(Problem problem) { problems_.push_back(std::move(problem)); }
  bool empty() const { return problems_.empty(); }
  std::size_t size() const { return problems_.size(); }
  /// All problems, sorted by file and line, each reported once.
  std::vector<Problem> sorted() const;
  /// @throws ModelError with every problem, if there is one.
  void throw_if_any() const;

 private:
  std::vector<Problem> problems_;
};

class Error : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A model, patient, regimen or case description is wrong.
class ModelError : public Error {
 public:
  explicit ModelError(std::vector<Problem> problems);
  explicit ModelError(Problem problem) : ModelError(std::vector<Problem>{std::move(problem)}) {}
  const std::vector<Problem>& problems() const { return problems_; }

 private:
  std::vector<Problem> problems_;
};

/// Something needed for a result is missing from the data (an S value, a molar mass).
class DataError : public Error {
  using Error::Error;
};

/// A text is not a unit, or a quantity has the wrong dimension.
class UnitError : public Error {
  using Error::Error;
};

/// A file cannot be read at all, or a library entry does not exist.
class FileError : public DataError {
  using DataError::DataError;
};

/// Why a time integration stopped.
enum class SolverFailure { step_too_small, too_many_steps, not_finite, singular_matrix };

std::string to_string(SolverFailure failure);

/// The integration failed; says when, on which state, and which event was nearest.
class SolverError : public Error {
 public:
  SolverError(SolverFailure reason, double time, double step, std::string state,
              std::string nearest_event, std::size_t accepted_steps);

  SolverFailure reason() const { return reason_; }
  double time() const { return time_; }  ///< [h]
  double step() const { return step_; }  ///< last attempted step [h]
  const std::string& state() const { return state_; }
  const std::string& nearest_event() const { return nearest_event_; }
  std::size_t accepted_steps() const { return accepted_steps_; }

 private:
  SolverFailure reason_;
  double time_, step_;
  std::string state_, nearest_event_;
  std::size_t accepted_steps_;
};

/// We have a bug; the message asks to report it.
class InternalError : public Error {
 public:
  explicit InternalError(const std::string& what)
      : Error("internal error, please report it: " + what) {}
};

}  // namespace lutetia
