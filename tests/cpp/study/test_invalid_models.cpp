#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "lutetia/core/text.hpp"
#include "lutetia/study/case.hpp"

namespace fs = std::filesystem;
using namespace lutetia;

namespace {

const fs::path models = LUTETIA_MODELS;
const fs::path gallery = models.parent_path() / "tests" / "invalid_models";

std::vector<fs::path> yaml_files(const fs::path& folder) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".yaml") out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::string replaced(std::string text, const std::string& old, const std::string& by) {
  for (std::size_t at = text.find(old); at != std::string::npos;
       at = text.find(old, at + by.size()))
    text.replace(at, old.size(), by);
  return text;
}

/// All messages as the `.expected` files hold them: files of the gallery by name, those of the
/// library below models/.
std::string messages(const std::vector<Problem>& problems) {
  std::string out;
  for (const Problem& problem : problems) out += problem.message() + '\n';
  return replaced(replaced(out, gallery.string() + '/', ""), models.string(), "models");
}

/// "some_file.yaml:12:3: " opens every message that has a place.
bool names_a_place(const std::string& message) {
  const std::size_t file = message.find(".yaml:");
  return file != std::string::npos && std::isdigit(static_cast<unsigned char>(message[file + 6]));
}

/// A file in the temporary folder, gone at the end of its scope.
struct TemporaryFile {
  fs::path path;
  TemporaryFile(const std::string& name, const std::string& text)
      : path(fs::temp_directory_path() / text_of_process(name)) {
    std::ofstream(path, std::ios::binary) << text;
  }
  ~TemporaryFile() {
    std::error_code ignored;
    fs::remove(path, ignored);
  }
  static std::string text_of_process(const std::string& name) {
    static const unsigned run = std::random_device{}();  // two test runs must not share a file
    return text("lutetia_", run, '_', name, ".yaml");
  }
};

/// One small damage to a text: a byte changed, a stretch removed or doubled, a character of YAML
/// put in.
std::string damaged(std::string text, std::mt19937& random) {
  auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  const std::size_t at = below(text.size());
  const std::size_t length = std::min<std::size_t>(1 + below(40), text.size() - at);
  switch (below(5)) {
    case 0:
      text[at] = static_cast<char>(below(256));
      break;
    case 1:
      text.erase(at, length);
      break;
    case 2:
      text.insert(at, text.substr(at, length));
      break;
    case 3:
      text.insert(at, 1, ":{}[]-#'\"\n\t,&*!|>%"[below(18)]);
      break;
    default:
      text.resize(at);
      break;
  }
  return text;
}

}  // namespace

TEST_CASE("every broken file of the gallery gives its exact messages") {
  const Library library(models);
  const auto files = yaml_files(gallery);
  CHECK(files.size() >= 40);
  for (const fs::path& file : files) {
    CAPTURE(file.filename().string());
    const fs::path expected = fs::path(file).replace_extension(".expected");
    REQUIRE_MESSAGE(fs::exists(expected), "no .expected beside ", file.filename().string());
    const std::string text = content(expected);
    CHECK(names_a_place(text));
    CHECK(messages(validate(library, file)) == text);
  }
}

TEST_CASE("no expectation of the gallery is without its file") {
  for (const auto& entry : fs::directory_iterator(gallery))
    if (entry.path().extension() == ".expected") {
      CAPTURE(entry.path().filename().string());
      CHECK(fs::exists(fs::path(entry.path()).replace_extension(".yaml")));
    }
}

TEST_CASE("every shipped file is valid") {
  const Library library(models);
  const auto files = yaml_files(models);
  CHECK(files.size() > 40);
  for (const fs::path& file : files) {
    CAPTURE(file.string());
    CHECK(messages(validate(library, file)) == "");
  }
}

TEST_CASE("a source that the library does not list is a problem of a library file") {
  const fs::path root = fs::temp_directory_path() / TemporaryFile::text_of_process("library");
  fs::create_directories(root / "nuclides");
  std::ofstream(root / "sources.yaml")
      << "lutetia: 1\nsources:\n  icrp107: {citation: \"ICRP 107\"}\n";
  std::ofstream(root / "nuclides" / "x1.yaml")
      << "lutetia: 1\nnuclide: X-1\nhalf_life: {value: 2 d, source: icrp170, tag: R}\n";
  const auto problems = validate(Library(root), root / "nuclides" / "x1.yaml");
  fs::remove_all(root);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].what == "unknown source 'icrp170'");
  CHECK(problems[0].where.line == 3);
  CHECK(problems[0].hint.find("did you mean 'icrp107'?") == 0);
}

TEST_CASE("a file of ten megabytes is refused before it is read") {
  const TemporaryFile file(
      "large", "lutetia: 1\npatient: large\ndescription: " + std::string(10'000'000, 'x') + '\n');
  const auto problems = validate(Library(models), file.path);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].message() ==
        text(file.path.string(),
             ": the file is too large, found 10000040 bytes, expected at most 5000000 bytes"));
}

TEST_CASE("a path that is no file is a problem, not an exception") {
  const Library library(models);
  for (const fs::path& path : {models / "nowhere.yaml", models}) {
    const auto problems = validate(library, path);
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].message() == text('\'', path.string(), "' is not a file that can be read"));
  }
}

TEST_CASE("randomly damaged files give readable problems or none, never anything else") {
  constexpr unsigned seed = 20160407;
  CAPTURE(seed);
  std::mt19937 random(seed);
  const Library library(models);
  const auto files = yaml_files(models);
  int with_problems = 0;
  for (int i = 0; i < 300; ++i) {
    const fs::path& original = files[i % files.size()];
    const TemporaryFile file("damaged", damaged(content(original), random));
    CAPTURE(i);
    CAPTURE(original.string());
    std::vector<Problem> problems;
    CHECK_NOTHROW(problems = validate(library, file.path));
    with_problems += !problems.empty();
    for (const Problem& problem : problems) {
      const std::string message = problem.message();
      CAPTURE(message);
      CHECK(first_unprintable(message) == std::string::npos);
      CHECK(names_a_place(message));
    }
  }
  CHECK(with_problems >
        100);  // notes and descriptions hold much of the text: damage there may be harmless
}
