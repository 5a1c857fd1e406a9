# Sourced: makes the virtual environment of the peers in target/peers-venv on first use.
# usage: peers_venv; sets $peers_python

peers_root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
peers_target=${CARGO_TARGET_DIR:-$peers_root/../../target}
peers_python=$peers_target/peers-venv/bin/python

peers_venv() {
  local stamp=$peers_target/peers-venv/requirements.txt
  if [[ ! -x $peers_python ]]; then
    mkdir -p "$peers_target"
    python3.11 -m venv "$peers_target/peers-venv" || {
      echo "error: the peers need Python 3.11 with venv (Debian: python3.11-venv)" >&2
      return 1
    }
  fi
  if ! cmp -s "$peers_root/requirements.txt" "$stamp"; then
    echo "peers: installing onnxruntime and PyTorch into $peers_target/peers-venv (4.4 GB)" >&2
    "$peers_python" -m pip install --quiet --disable-pip-version-check --no-deps -r "$peers_root/requirements.txt" || return 1
    cp "$peers_root/requirements.txt" "$stamp"
  fi
}
