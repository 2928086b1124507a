#!/bin/sh
# Fills fuzz/corpus/<target>/ with seeds from real files, and fuzz/dict/ with the words our readers look for.
# Needs a shell and cargo. Real requests are taken from $REQUESTS (default ../shared/requests) where that folder is there.
set -eu
cd "$(dirname "$0")/.."
corpus=fuzz/corpus
requests=${REQUESTS:-../shared/requests}
mkdir -p "$corpus/rule_text" "$corpus/pack_bytes" "$corpus/hook_json" fuzz/dict
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A path as the name of a seed.
flat() { printf '%s' "$1" | tr '/ ' '__'; }

# Rule text: every file by itself, tables with the comma in front that the target reads them by.
find rules tests/golden -name '*.toml' | sort | while read -r file; do
    cp "$file" "$corpus/rule_text/$(flat "$file")"
done
find rules tests/golden -name '*.csv' | sort | while read -r file; do
    { printf ','; head -c 60000 "$file"; } > "$corpus/rule_text/$(flat "$file")"
done
# Two files in one folder, cut by a form feed.
{ cat tests/golden/compile/whole.toml; printf '\f'; cat fuzz/every.toml; } > "$corpus/rule_text/every"
{ cat tests/golden/valid/every-key.toml; printf '\f,'; cat tests/golden/valid/products.csv; } > "$corpus/rule_text/two-files"

# Packs: the small terminology with each sample that compiles, and with every kind of rule.
cargo build --quiet
caveat=target/debug/caveat
pack() { "$caveat" compile "$1" -o "$corpus/pack_bytes/$2" > /dev/null 2>&1 || rm -f "$corpus/pack_bytes/$2"; }
for sample in tests/golden/compile/[Kw]*.toml; do
    rm -rf "$work/folder" && mkdir "$work/folder"
    cp tests/golden/compile/base.toml tests/golden/compile/base.csv "$sample" "$work/folder/"
    pack "$work/folder" "$(basename "$sample" .toml)"
done
rm -rf "$work/folder" && mkdir "$work/folder"
cp tests/golden/compile/base.toml tests/golden/compile/base.csv tests/golden/compile/whole.toml fuzz/every.toml "$work/folder/"
pack "$work/folder" every

# Hook calls: real requests as they are; single resources and Bundles as the drafts of a call and as its prefetch.
call() { # the hook, the file
    printf '{"hook":"%s","hookInstance":"1","context":{"userId":"Practitioner/1","patientId":"1","draftOrders":' "$1"
    cat "$2"
    printf '},"prefetch":{"orders":'
    cat "$2"
    printf '}}'
}
if [ -d "$requests" ]; then
    find "$requests" -name '*.json' | sort | while read -r file; do
        name=$(flat "${file#"$requests"/}")
        cp "$file" "$corpus/hook_json/$name"
        if ! grep -q '"hook"' "$file"; then
            for hook in order-sign patient-view medication-verify; do
                call "$hook" "$file" > "$corpus/hook_json/$hook-$name"
            done
        fi
    done
else
    echo "$requests is not there: no real request among the seeds" >&2
fi
# The bodies that the tests write.
CAVEAT_SEEDS="$PWD/$corpus/hook_json" cargo test --quiet --test it intake_shapes > /dev/null
# The smallest call of every hook.
for hook in order-select order-sign order-dispatch patient-view encounter-discharge allergyintolerance-create \
    medication-verify medication-refill medication-prescribe; do
    printf '{"resourceType":"MedicationRequest","id":"a","status":"draft","intent":"order","medicationCodeableConcept":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"855332"}]},"dosageInstruction":[{"timing":{"repeat":{"frequency":1,"period":1,"periodUnit":"d"}},"doseAndRate":[{"doseQuantity":{"value":5,"unit":"mg"}}]}]}' > "$work/order"
    call "$hook" "$work/order" > "$corpus/hook_json/smallest-$hook"
done

# Dictionaries: the keys and words that stand in quotes in the readers.
words() { grep -hoE '"[A-Za-z][A-Za-z0-9/:._-]{1,40}"' "$@" | sort -u; }
words src/hooks/*.rs src/clinical/*.rs > fuzz/dict/hook_json
words src/source/*.rs src/clinical/*.rs > fuzz/dict/rule_text

for target in rule_text pack_bytes hook_json; do
    echo "$target: $(find "$corpus/$target" -type f | wc -l) seeds"
done
