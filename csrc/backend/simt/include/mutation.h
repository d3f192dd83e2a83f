#pragma once
// What scripts/mutate-kernels.mjs writes in place of barriers and waits, in its copy of the kernels. The sites are numbered; one build
// holds all mutants. FETTLE_MUTANT is the number of the site that is broken, FETTLE_MUTANT_KERNEL a part of the name of the only template
// instance in which it is; FETTLE_MUTANT_SITES a file to which "site <tab> instance" is appended for each pair that is reached.
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "primitives.h"

namespace fettle::simt {

struct Mutation {
  int site = 0;
  std::string kernel, sites;
  Mutation() {
    if (const char* number = std::getenv("FETTLE_MUTANT")) site = std::atoi(number);
    if (const char* name = std::getenv("FETTLE_MUTANT_KERNEL")) kernel = name;
    if (const char* file = std::getenv("FETTLE_MUTANT_SITES")) sites = file;
  }
};

inline void record_site(const std::string& file, int site, const char* kernel) {
  static std::mutex mutex;
  static std::set<std::pair<int, std::string>> seen;
  std::lock_guard lock(mutex);
  if (!seen.emplace(site, kernel).second) return;
  if (std::FILE* out = std::fopen(file.c_str(), "a")) {
    std::fprintf(out, "%d\t%s\n", site, kernel);
    std::fclose(out);
  }
}

inline bool is_mutant(int site, const char* kernel) {
  static const Mutation mutation;
  if (!mutation.sites.empty()) record_site(mutation.sites, site, kernel);
  return site == mutation.site && std::string_view(kernel).find(mutation.kernel) != std::string_view::npos;
}

}  // namespace fettle::simt

#define FETTLE_MUTABLE_BARRIER(site) (::fettle::simt::is_mutant(site, __PRETTY_FUNCTION__) ? void() : __syncthreads())
#define FETTLE_MUTABLE_WAIT(site, pending) ::fettle::simt::async_wait((pending) + ::fettle::simt::is_mutant(site, __PRETTY_FUNCTION__))
