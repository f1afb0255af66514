#!/usr/bin/env bash
# Builds what the image holds into a folder: /opt/tidings with the wheel and its locked packages, a list of all that is in
# it (CycloneDX), and the directory of the data. The Dockerfile runs it, and so does CI, which starts the result.
#
#   deploy/image/build.sh FOLDER [PYTHON]     from the root of the tree, with one wheel in dist/
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$(mkdir -p "$1" && cd "$1" && pwd)
python=${2:-python3}
home=$root/opt/tidings

wheels=(dist/tidings-*.whl)
[ "${#wheels[@]}" -eq 1 ] && [ -f "${wheels[0]}" ] || { echo "build.sh: dist/ must hold one wheel (make release)" >&2; exit 1; }

"$python" -m venv --copies --without-pip "$home"
builder=$(mktemp -d)
trap 'rm -rf "$builder"' EXIT
"$python" -m venv "$builder"
install() { "$builder/bin/python" -m pip --quiet --disable-pip-version-check --python "$home/bin/python" install --no-compile "$@"; }
install --require-hashes --requirement requirements.lock
install --no-deps "${wheels[0]}"

# Tests of packages and the compilers' leavings are of no use in an image. Modules are compiled once, since nothing can be
# written at run time, and without the builder's paths.
find "$home/lib" -type d \( -name tests -o -name __pycache__ \) -prune -exec rm -rf {} +
"$home/bin/python" -m compileall -q -s "$root" "$home/lib"

# Scripts name the interpreter by the path that it will have.
grep --recursive --files-with-matches --binary-files=without-match "$root" "$home/bin" | xargs --no-run-if-empty sed -i "s#$root##g"
sed -i "s#$root##g" "$home/pyvenv.cfg"

"$builder/bin/python" -m pip --quiet --disable-pip-version-check install cyclonedx-bom
mkdir -p "$root/usr/share/doc/tidings"
"$builder/bin/cyclonedx-py" environment --output-reproducible --of JSON -o "$root/usr/share/doc/tidings/sbom.cdx.json" "$home/bin/python"
cp LICENSE "$root/usr/share/doc/tidings/"

mkdir -p -m 0700 "$root/var/lib/tidings"
