#!/usr/bin/env bash
# The step of action.yml that checks. Its inputs are the INPUT_ variables. It
# leaves the exit code of btflint in the outputs and succeeds, so that the SARIF
# file is uploaded before the job fails. It runs with the bash 3.2 of macOS too.
set -euo pipefail

scratch=$(mktemp -d "${RUNNER_TEMP:?}/btflint-check.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

# each_line calls a command with every line of a text that is not blank,
# without the blanks around it.
each_line() {
	local text=$1 line
	shift
	while IFS= read -r line || [ -n "$line" ]; do
		line="${line#"${line%%[![:space:]]*}"}"
		line="${line%"${line##*[![:space:]]}"}"
		if [ -n "$line" ]; then "$@" "$line"; fi
	done <<<"$text"
}

args=()
option() { args+=("$1" "$2"); }
argument() { args+=("$1"); }

# object adds what a glob matches. A name that matches nothing is passed on:
# btflint says what is wrong with it.
objects=()
object() {
	local IFS='' matches
	# shellcheck disable=SC2206 # the pattern is to be expanded
	matches=($1)
	objects+=("${matches[@]}")
}
shopt -s globstar 2>/dev/null || true # ** is a * in bash 3.2

each_line "${INPUT_KERNELS:-}" option --kernel
each_line "${INPUT_LOADERS:-}" option --loader
each_line "${INPUT_ARGS:-}" argument
each_line "${INPUT_PATHS:-}" object
if [ -n "${INPUT_CONFIG:-}" ]; then option --config "$INPUT_CONFIG"; fi
if [ -n "${INPUT_BASELINE:-}" ]; then option --baseline "$INPUT_BASELINE"; fi
if [ -n "${INPUT_FAIL_ON:-}" ]; then option --fail-on "$INPUT_FAIL_ON"; fi
if [ -n "${INPUT_HTML_FILE:-}" ]; then option --format "html=$INPUT_HTML_FILE"; fi

sarif=${INPUT_SARIF_FILE:-btflint.sarif}
rm -f "$sarif" # one that is left over must not be uploaded
directory=${INPUT_WORKING_DIRECTORY:-.}
option --category "${INPUT_CATEGORY:-btflint}"
option --source-root "${GITHUB_WORKSPACE:-.}"
# Relative paths of sources are relative to where the compiler ran, which is
# taken to be here.
if [ "$directory" != . ]; then option --path-map ".=$directory"; fi

annotate=${INPUT_ANNOTATIONS:-auto}
if [ "$annotate" = auto ]; then
	annotate=true
	if [ "${INPUT_UPLOAD:-false}" = true ]; then annotate=false; fi
fi

# Names in objects are not ours: nothing that is printed may be taken for a
# workflow command.
token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
echo "::stop-commands::$token"
code=0
btflint check --format text --format "json=$scratch/json" --format "github-sarif=$sarif" \
	--format "markdown=$scratch/summary" --format "github=$scratch/annotations" \
	"${args[@]}" ${objects[@]+-- "${objects[@]}"} 2>&1 || code=$?
echo "::$token::"

if [ "$annotate" = true ] && [ -e "$scratch/annotations" ]; then cat "$scratch/annotations"; fi
if [ "${INPUT_STEP_SUMMARY:-true}" = true ] && [ -e "$scratch/summary" ]; then
	cat "$scratch/summary" >>"$GITHUB_STEP_SUMMARY"
fi

# count prints a number of the line "counts" of the report.
count() { sed -n "s/^ \"counts\": {.*\"$1\":\([0-9]*\).*/\1/p" "$scratch/json"; }

{
	echo "exit-code=$code"
	if [ -e "$scratch/json" ]; then
		errors=$(count errors) warnings=$(count warnings) notes=$(count notes)
		echo "errors=$errors"
		echo "warnings=$warnings"
		echo "findings=$((errors + warnings + notes))"
	fi
	if [ -e "$sarif" ]; then
		case $sarif in
		/*) ;;
		*) if [ "$directory" != . ]; then sarif=$directory/$sarif; fi ;;
		esac
		printf 'sarif-file=%s\n' "${sarif//$'\n'/}"
	fi
} >>"$GITHUB_OUTPUT"
