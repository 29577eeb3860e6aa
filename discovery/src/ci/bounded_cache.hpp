#pragma once
// Intermediate results of tests, kept while they fit into a number of bytes.

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace causal::discovery::detail {

/// Least-recently-used cache of immutable values. Thread-safe. A value must be a function of its key alone, so that
/// what a caller gets never depends on what was evicted or on the order of calls; it stays valid for as long as it is
/// held.
template <class Key, class Value>
class BoundedCache {
 public:
  explicit BoundedCache(std::int64_t budget_bytes) : budget_(budget_bytes) {}

  /// The value of `key`, made by `make()` when it is not kept; `bytes(value)` is what it costs to keep. Two threads may
  /// make the same value at once: both get equal ones.
  template <class Make, class Bytes>
  [[nodiscard]] std::shared_ptr<const Value> get(const Key& key, Make&& make, Bytes&& bytes) {
    if (auto found = find(key)) return found;
    auto value = std::make_shared<const Value>(make());
    keep(key, value, bytes(*value));
    return value;
  }

  /// The value, or null.
  [[nodiscard]] std::shared_ptr<const Value> find(const Key& key) {
    const std::scoped_lock lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end()) return nullptr;
    order_.splice(order_.begin(), order_, found->second.place);
    return found->second.value;
  }

  /// Keeps the value, unless it alone is over the budget.
  void keep(const Key& key, std::shared_ptr<const Value> value, std::int64_t bytes) {
    const std::scoped_lock lock(mutex_);
    if (bytes > budget_ || entries_.contains(key)) return;
    while (used_ + bytes > budget_) {
      const auto oldest = entries_.find(order_.back());
      used_ -= oldest->second.bytes;
      entries_.erase(oldest);
      order_.pop_back();
    }
    order_.push_front(key);
    entries_.emplace(key, Entry{std::move(value), bytes, order_.begin()});
    used_ += bytes;
  }

 private:
  struct Entry {
    std::shared_ptr<const Value> value;
    std::int64_t bytes;
    typename std::list<Key>::iterator place;
  };
  std::int64_t budget_;
  std::int64_t used_ = 0;
  std::mutex mutex_;
  std::list<Key> order_;  // used last first
  std::map<Key, Entry> entries_;
};

}  // namespace causal::discovery::detail
