#include "lutetia/nuclide/decay_chain.hpp"

#include <algorithm>
#include <map>

#include "lutetia/core/text.hpp"
#include "lutetia/nuclide/divided_difference.hpp"
#include "lutetia/units/unit.hpp"

namespace lutetia {
namespace {

/// Collects the members of a chain, each after its parents.
class ChainBuilder {
 public:
  ChainBuilder(const NuclideLookup& find, const ChainLimits& limits)
      : find_(find), limits_(limits) {}

  DecayChain build(const std::string& head) {
    longest_ = limits_.outlives * read(head).half_life.quantity.value;
    visit(head);
    std::reverse(out_.members.begin(), out_.members.end());
    return std::move(out_);
  }

 private:
  const Nuclide& read(const std::string& name) {
    const auto known = nuclides_.find(name);
    return known != nuclides_.end() ? known->second
                                    : nuclides_.emplace(name, find_(name)).first->second;
  }

  void open(const std::string& name) {
    const auto first = std::find(open_.begin(), open_.end(), name);
    std::vector<std::string> circle(first, open_.end());
    open_.push_back(name);
    if (circle.empty()) return;
    circle.push_back(name);
    throw ModelError({.what = text("nuclide ", quote(name), " is its own descendant"),
                      .where = read(name).half_life.where,
                      .found = join(circle, " to ")});
  }

  /// Add a member after all that come from it.
  void visit(const std::string& name) {
    if (out_.index(name) >= 0) return;
    open(name);
    Nuclide member = read(name);
    member.daughters.clear();
    decay(read(name), 1.0, member);
    for (const Daughter& daughter : member.daughters) visit(daughter.nuclide);
    open_.pop_back();
    out_.members.push_back(std::move(member));
  }

  /// Follow the decays of a nuclide into a member: through prompt daughters to lasting ones.
  void decay(const Nuclide& nuclide, double share, Nuclide& member) {
    for (const Daughter& daughter : nuclide.daughters) {
      const Nuclide& next = read(daughter.nuclide);
      const double half_life = next.half_life.quantity.value, branch = share * daughter.branch;
      if (half_life > longest_) {
        out_.left_out.push_back(
            text(member.name, " decays to ", next.name, " (", 100.0 * branch, " %)"));
      } else if (half_life <= limits_.prompt) {
        member.alpha_energy += branch * next.alpha_energy;
        member.electron_energy += branch * next.electron_energy;
        member.photon_energy += branch * next.photon_energy;
        open(next.name);
        decay(next, branch, member);
        open_.pop_back();
      } else {
        const auto known = std::find_if(member.daughters.begin(), member.daughters.end(),
                                        [&](const Daughter& d) { return d.nuclide == next.name; });
        if (known == member.daughters.end())
          member.daughters.push_back({next.name, branch});
        else
          known->branch += branch;
      }
    }
  }

  const NuclideLookup& find_;
  const ChainLimits& limits_;
  double longest_ = 0.0;
  std::map<std::string, Nuclide> nuclides_;
  std::vector<std::string> open_;  ///< being followed, head first
  DecayChain out_;
};

/// Sum over all ways from the head to each member: branches along the way times what the decay
/// constants along it make of the amount.
void follow(const DecayChain& chain, int at, double factor, std::vector<double>& points,
            double time, std::vector<double>& out) {
  const Nuclide& member = chain.members[at];
  const double rate = member.decay_constant() * time;
  points.push_back(-rate);
  out[at] += factor * exp_divided_difference(points);
  for (const Daughter& daughter : member.daughters)
    follow(chain, chain.index(daughter.nuclide), factor * daughter.branch * rate, points, time,
           out);
  points.pop_back();
}

}  // namespace

double ChainLimits::prompt_half_life() { return parse_as("1 s", dimension::time); }

int DecayChain::index(const std::string& nuclide) const {
  for (std::size_t i = 0; i < members.size(); ++i)
    if (members[i].name == nuclide) return static_cast<int>(i);
  return -1;
}

DecayChain decay_chain(const std::string& head, const NuclideLookup& find,
                       const ChainLimits& limits) {
  return ChainBuilder(find, limits).build(head);
}

DecayChain decay_chain(const Library& library, const std::string& head, const ChainLimits& limits) {
  const auto find = [&](const std::string& name) {
    const Node node = library.read("nuclide", name);
    Problems problems;
    Nuclide out = read_nuclide(node, problems);
    problems.throw_if_any();
    return out;
  };
  return decay_chain(head, find, limits);
}

Nuclide with_prompt_daughters(const Library& library, const std::string& nuclide) {
  return decay_chain(library, nuclide).members.front();
}

std::vector<double> decays_per_decay(const DecayChain& chain) {
  std::vector<double> out(chain.members.size(), 0.0);
  out.front() = 1.0;
  for (std::size_t i = 0; i < out.size(); ++i)
    for (const Daughter& daughter : chain.members[i].daughters)
      out[chain.index(daughter.nuclide)] += out[i] * daughter.branch;
  return out;
}

ChainEnergy energy_per_decay(const DecayChain& chain) {
  const std::vector<double> decays = decays_per_decay(chain);
  ChainEnergy out{0.0, 0.0, 0.0};
  for (std::size_t i = 0; i < decays.size(); ++i) {
    out.alpha += decays[i] * chain.members[i].alpha_energy;
    out.electron += decays[i] * chain.members[i].electron_energy;
    out.photon += decays[i] * chain.members[i].photon_energy;
  }
  return out;
}

std::vector<double> chain_amounts(const DecayChain& chain, double amount, double time) {
  std::vector<double> out(chain.members.size(), 0.0), points;
  follow(chain, 0, amount, points, time, out);
  return out;
}

}  // namespace lutetia
