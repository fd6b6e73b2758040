/// @file How the columns of a derivative lie in memory.
#pragma once

#include <cstddef>
#include <vector>

namespace lutetia {

/// Chunks of lane_count columns are put side by side in groups of nearly equal width, because a
/// pass over a matrix serves a whole group. An array of columns has the shape (groups, rows, chunks
/// of the group); its rows are filled up with zeros to where wide registers like arrays to begin.
class ColumnGroups {
 public:
  static constexpr int widest = 5;  ///< more make no pass cheaper

  struct Group {
    int first, width;  ///< chunks
  };

  /// @param limit  no group is wider, at most `widest`
  ColumnGroups(int size, int chunks, int limit) : rows_((size + 7) / 8 * 8) {
    const int groups = (chunks + limit - 1) / limit;
    for (int g = 0; g < groups; ++g) {
      const int first = g * chunks / groups, end = (g + 1) * chunks / groups;
      groups_.push_back({first, end - first});
      group_of_.insert(group_of_.end(), end - first, g);
    }
  }

  const std::vector<Group>& groups() const { return groups_; }
  int chunks() const { return static_cast<int>(group_of_.size()); }
  std::size_t rows() const { return rows_; }
  /// Lanes of an array of columns.
  std::size_t size() const { return rows_ * group_of_.size(); }
  /// Place among them of a group's own.
  std::size_t begin(const Group& group) const { return rows_ * group.first; }
  /// Place among them of a row of a chunk.
  std::size_t place(int chunk, int row) const {
    const Group& group = groups_[group_of_[chunk]];
    return begin(group) + static_cast<std::size_t>(row) * group.width + (chunk - group.first);
  }

 private:
  std::size_t rows_;
  std::vector<Group> groups_;
  std::vector<int> group_of_;  ///< of each chunk
};

}  // namespace lutetia
