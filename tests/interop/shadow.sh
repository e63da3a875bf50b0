# A real RDP server with NLA on loopback: FreeRDP's shadow server on a screen of its own. Sourced by ./demo and
# by tests/interop.
#   shadow_start DIR USER PASSWORD   -> SHADOW_PORT, SHADOW_VERSION; DIR gets its files and its log
#   shadow_stop                      ends what shadow_start started, by pid
SHADOW_PID= SHADOW_XVFB=

shadow_program() { # the first of these names that is installed: Debian 13's, Debian 12's
  local p
  for p in "$@"; do command -v "$p" && return; done
  echo "shadow: none of $* is installed: run setup/packages.sh demo" >&2
  return 1
}

shadow_listens() { # PORT: is there a listener? Asked of the kernel: a connection would be a login attempt.
  local hex
  hex=$(printf ':%04X' "$1")
  awk -v port="$hex" '$4 == "0A" && substr($2, 9) == port {found = 1} END {exit !found}' /proc/net/tcp
}

# A port that nobody listens on. Nothing holds it until the server does: shadow_start tries again if it was lost.
shadow_free_port() {
  local port=
  while [ -z "$port" ] || shadow_listens "$port"; do port=$((20000 + RANDOM)); done
  echo "$port"
}

# -noreset: without it the screen starts anew when its last client goes, and the next one may find it closed.
shadow_screen() { # DIR -> SHADOW_DISPLAY
  mkfifo "$1/display"
  Xvfb -displayfd 3 -screen 0 640x480x24 -nolisten tcp -noreset 3> "$1/display" > "$1/xvfb.log" 2>&1 &
  SHADOW_XVFB=$!
  SHADOW_DISPLAY=
  read -r -t 20 SHADOW_DISPLAY < "$1/display" || true
  rm -f "$1/display"
  [ -n "$SHADOW_DISPLAY" ] || { echo "shadow: Xvfb does not start: see $1/xvfb.log" >&2; return 1; }
}

shadow_start() { # DIR USER PASSWORD
  local dir=$1 server hash try wait
  server=$(shadow_program freerdp-shadow-cli3 freerdp-shadow-cli) || return 1
  hash=$(shadow_program winpr-hash3 winpr-hash) || return 1
  mkdir -p "$dir"
  SHADOW_VERSION=$(dpkg-query -W -f '${Version}' "$(dpkg -S "$server" | cut -d: -f1)" || echo '?')
  (umask 077; "$hash" -u "$2" -p "$3" -f sam > "$dir/sam")
  shadow_screen "$dir" || return 1
  for try in 1 2 3; do
    SHADOW_PORT=$(shadow_free_port)
    HOME=$dir DISPLAY=:$SHADOW_DISPLAY "$server" "/port:$SHADOW_PORT" /bind-address:127.0.0.1 /sec:nla +auth \
      "/sam-file:$dir/sam" > "$dir/shadow.log" 2>&1 &
    SHADOW_PID=$!
    for wait in $(seq 100); do
      shadow_listens "$SHADOW_PORT" && return 0
      kill -0 "$SHADOW_PID" 2>/dev/null || break
      sleep 0.1
    done
    kill "$SHADOW_PID" 2>/dev/null || true
  done
  echo "shadow: $server does not listen after $try tries: see $dir/shadow.log" >&2
  return 1
}

shadow_stop() {
  local pid
  for pid in $SHADOW_PID $SHADOW_XVFB; do
    kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true
  done
  SHADOW_PID= SHADOW_XVFB=
}
