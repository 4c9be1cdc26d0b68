#!/bin/bash
# A private sshd on loopback, with keys, port and pid file of its own, and the configuration of a client that may log in.
#   sshd.sh start DIR             start it; DIR/config is then the client's configuration, with the host "box"
#   sshd.sh stop DIR              stop it with all its sessions, and remove the users that were made
#   sshd.sh cut DIR               kill the sessions as a lost network would end them, without a word; it goes on listening
#   sshd.sh freeze DIR | thaw DIR stop all sessions without ending them: nothing answers, nothing closes
# Settings, as variables: EXTRA (lines of sshd_config), SHELLS (as root: a user with each of these login shells is made, and is the host
# "box-SHELL"; its start files print noise).
# Needs Debian's openssh-server. Runs as root or as any user, who can then only log in as himself.
set -euo pipefail
shopt -s nullglob
action=${1:?start, stop, cut, freeze or thaw}
dir=$(realpath -m "${2:?the folder of the server}")
PATH=$PATH:/usr/sbin:/sbin

for program in sshd ssh-keygen pgrep; do
  command -v "$program" >/dev/null || { echo "sshd.sh: $program is not installed; install the packages that ./test names" >&2; exit 3; }
done

daemon() { cat "$dir/sshd.pid" 2>/dev/null; }

descendants() { # of a process, deepest last
  local child
  for child in $(pgrep -P "$1"); do
    echo "$child"
    descendants "$child"
  done
}

free_port() {
  local port
  for _ in $(seq 50); do
    port=$((30000 + RANDOM % 2700))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
  echo "sshd.sh: found no free port" >&2
  return 1
}

add_user() { # a user with that login shell, whose start files print
  local shell=$1 name home
  name=pt$(head -c 4 /dev/urandom | od -An -tx1 | tr -d ' \n')
  home=$dir/home/$shell
  mkdir -p "$dir/home"
  useradd --no-log-init --home-dir "$home" --create-home --skel /dev/null --shell "$(command -v "$shell")" "$name" 2>/dev/null
  usermod -p '*' "$name" # unlocked, without a password
  echo "$name" >>"$dir/users"
  case $shell in
    bash) printf 'echo noise from bashrc; echo more >&2\nprintf no-line-end\n' >"$home/.bashrc" ;;
    zsh) printf 'echo noise from zshenv\nprintf no-line-end\n' >"$home/.zshenv" ;;
    tcsh) printf 'echo noise from cshrc\necho -n no-line-end\n' >"$home/.cshrc" ;;
  esac
  chown -R "$name" "$home"
  printf 'Host box-%s\n  User %s\n' "$shell" "$name"
}

start() {
  local port shell
  mkdir -p "$dir"
  chmod 755 "$dir"
  [[ $(id -u) -ne 0 ]] || mkdir -p -m 755 /run/sshd
  ssh-keygen -q -t ed25519 -N '' -f "$dir/hostkey" -C test
  ssh-keygen -q -t ed25519 -N '' -f "$dir/id" -C test
  cp "$dir/id.pub" "$dir/authorized"
  chmod 644 "$dir/authorized"
  port=$(free_port)
  cat >"$dir/sshd_config" <<CONF
Port $port
ListenAddress 127.0.0.1
HostKey $dir/hostkey
PidFile $dir/sshd.pid
AuthorizedKeysFile $dir/authorized
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
MaxStartups 100
UseDNS no
PrintMotd no
Subsystem sftp internal-sftp
${EXTRA:-}
CONF
  {
    if [[ -n ${SHELLS:-} ]]; then for shell in $SHELLS; do add_user "$shell"; done; fi
    cat <<CONF
Host *
  HostName 127.0.0.1
  Port $port
  User $(id -un)
  IdentityFile $dir/id
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile $dir/known_hosts
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
CONF
  } >"$dir/config"
  echo "[127.0.0.1]:$port $(cut -d' ' -f1,2 "$dir/hostkey.pub")" >"$dir/known_hosts"
  "$(command -v sshd)" -f "$dir/sshd_config" -E "$dir/sshd.log"
  for _ in $(seq 200); do
    [[ -s $dir/sshd.pid ]] && return
    sleep 0.02
  done
  echo "sshd.sh: sshd did not start:" >&2
  cat "$dir/sshd.log" >&2
  return 1
}

case $action in
  start) start ;;
  stop)
    if pid=$(daemon); then
      children=$(descendants "$pid")
      kill -KILL "$pid" $children 2>/dev/null || true
    fi
    if [[ -s $dir/users ]]; then
      while read -r user; do
        for pid in $(pgrep -u "$user"); do kill -KILL "$pid" 2>/dev/null || true; done
        for _ in 1 2 3 4 5 6 7 8 9 10; do userdel "$user" 2>/dev/null && break; sleep 0.1; done
      done <"$dir/users"
    fi
    ;;
  cut) kill -KILL $(pgrep -P "$(daemon)") 2>/dev/null || true ;;
  freeze) kill -STOP $(descendants "$(daemon)") ;;
  thaw) kill -CONT $(descendants "$(daemon)") ;;
  *)
    echo "sshd.sh: $action is not known" >&2
    exit 2
    ;;
esac
