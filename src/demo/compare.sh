# Compares both sides of the demo's copy, file by file.
cd "$(dirname "$0")" || exit 2
listed=0
missing=0
for file in old-uploads/*; do
    listed=$((listed + 1))
    cmp -s "$file" "new-uploads/$(basename "$file")" || missing=$((missing + 1))
done
echo "listed $listed missing $missing"
