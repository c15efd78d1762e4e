// Work that several threads do together.

#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "xla/ffi/api/ffi.h"

// Calls `task(0) … task(count - 1)`, on other threads too where there are some. Who calls works as well, and waits for nothing
// but tasks that have begun, so that it never waits for a thread that is waiting for it.
static inline void together(xla::ffi::ThreadPool& pool, int64_t count, const std::function<void(int64_t)>& task) {
  struct Work {
    std::atomic<int64_t> next{0};
    int64_t done = 0;
    std::mutex lock;
    std::condition_variable all;
  };
  auto work = std::make_shared<Work>();
  const auto take = [work, count, &task] {  // `task` is there as long as one is left to be taken
    int64_t own = 0;
    for (int64_t place; (place = work->next.fetch_add(1)) < count; own++) task(place);
    if (!own) return;
    std::lock_guard<std::mutex> held(work->lock);
    if ((work->done += own) == count) work->all.notify_all();
  };
  const int64_t helpers = std::min(pool.num_threads(), count) - 1;
  for (int64_t helper = 0; helper < helpers; helper++) pool.Schedule(std::function<void()>(take));
  take();
  std::unique_lock<std::mutex> held(work->lock);
  work->all.wait(held, [&] { return work->done == count; });
}
