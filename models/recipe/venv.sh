# Sourced by the scripts beside it: makes the virtual environment in target/recipe-venv on first use.
# usage: recipe_venv PART...   (requirements.txt, requirements-test.txt, requirements-train.txt); sets $recipe_python

recipe_root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
recipe_target=${CARGO_TARGET_DIR:-$recipe_root/../../target}
recipe_python=$recipe_target/recipe-venv/bin/python

recipe_venv() {
  local part stamp
  if [[ ! -x $recipe_python ]]; then
    mkdir -p "$recipe_target"
    python3.11 -m venv "$recipe_target/recipe-venv" || {
      echo "error: the recipe needs Python 3.11 with venv (Debian: python3.11-venv)" >&2
      return 1
    }
  fi
  for part in "$@"; do
    stamp=$recipe_target/recipe-venv/$part
    if ! cmp -s "$recipe_root/$part" "$stamp"; then
      echo "recipe: installing $part into target/recipe-venv" >&2
      "$recipe_python" -m pip install --quiet --disable-pip-version-check --no-deps -r "$recipe_root/$part" || return 1
      cp "$recipe_root/$part" "$stamp"
    fi
  done
  export PYTHONPATH=$recipe_root${PYTHONPATH:+:$PYTHONPATH}
}
