#pragma once
#include <string>
#include <vector>

#include "backend/cpu/probe.h"
#include "ops/backend.h"

namespace fettle::cpu {

/// Tiers that this machine can run, slowest first; "scalar" is the oracle.
std::vector<std::string> available_tiers();
/// The table of a tier; throws FETTLE_DEVICE when this machine cannot run it.
const Backend& tier(const std::string& name);
/// The loops that show what a tier can reach here; throws likewise.
const Probe& probe(const std::string& name);
/// FETTLE_CPU_ISA, else the best one.
const Backend& default_tier();
/// That tier on the process's threads.
Context context();

}  // namespace fettle::cpu
