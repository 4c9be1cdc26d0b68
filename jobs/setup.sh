# shellcheck shell=bash
# Sourced by ./quickstart, ./test and jobs/Benchmarks/run: what they do to a machine before they start.

say() { printf '%s\n' "$*"; }

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# No banners, no telemetry, and no build server that outlives this script.
quiet_dotnet() {
  export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false
  export DOTNET_CLI_USE_MSBUILD_SERVER=0 MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false
}

require_sdk() {
  command -v dotnet >/dev/null ||
    fail "The command dotnet is not on the PATH. Install the .NET 10 SDK, then run this again."
  dotnet --list-sdks | grep -q '^10\.' ||
    fail "The .NET 10 SDK is not installed; dotnet knows $(dotnet --list-sdks | awk '{ printf "%s%s", sep, $1; sep = ", " }'). Install it, then run this again."
}

# Whether one of the MPIs' mpiexecs is here.
has_mpi() {
  command -v mpiexec >/dev/null || command -v mpirun >/dev/null ||
    command -v mpiexec.hydra >/dev/null || command -v mpiexec.openmpi >/dev/null
}

# Whether apt-get may be used: as root, or with sudo (that may ask only where someone can answer).
# PATHOS_INSTALL=no says that nothing is to be installed.
can_install() {
  [[ ${PATHOS_INSTALL:-yes} != no ]] || return 1
  command -v apt-get >/dev/null || return 1
  [[ $(id -u) -eq 0 ]] && return 0
  command -v sudo >/dev/null || return 1
  [[ -t 0 ]] || sudo -n true 2>/dev/null
}

as_root() {
  if [[ $(id -u) -eq 0 ]]; then "$@"; else sudo "$@"; fi
}

# No daemon that a package brings is started: the tests start their own, with ports and folders of their own.
apt_install() {
  local policy=/usr/sbin/policy-rc.d made=no code=0
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
    made=yes
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o DPkg::Lock::Timeout=300 "$@" </dev/null || code=$?
  [[ $made == no ]] || as_root rm -f "$policy"
  return "$code"
}

is_installed() { [[ $(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null) == ii* ]]; }

# Installs those of the packages that are absent; refreshes the package lists only if that is needed.
# Gives 1, after saying why, when it could not.
install_packages() {
  local package log missing=()
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  [[ ${#missing[@]} -gt 0 ]] || return 0
  if ! can_install; then
    say "Not installed, and this user may not install: ${missing[*]}."
    return 1
  fi
  say "Installing ${missing[*]} with apt-get."
  log=$(mktemp)
  if apt_install "${missing[@]}" >"$log" 2>&1 ||
    { as_root apt-get update -qq >>"$log" 2>&1 </dev/null && apt_install "${missing[@]}" >>"$log" 2>&1; }; then
    rm -f -- "$log"
    return 0
  fi
  cat -- "$log" >&2
  rm -f -- "$log"
  say "apt-get could not install ${missing[*]}; its messages are above."
  return 1
}

# Builds a project or solution in Release; says nothing unless it fails.
build_release() {
  local log code=0
  log=$(mktemp)
  dotnet build "$1" --configuration Release --verbosity quiet --nologo >"$log" 2>&1 </dev/null || code=$?
  [[ $code -eq 0 ]] || cat -- "$log" >&2
  rm -f -- "$log"
  return "$code"
}
