"""Validates JSON files against a schema; fields that the schema does not name are errors too.

validate.py SCHEMA FILE...
"""

import json
import sys

from jsonschema import Draft202012Validator


def closed(schema):
    """The schema with every object shut for fields that it does not name."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    shut = {name: closed(part) for name, part in schema.items()}
    if isinstance(schema.get("properties"), dict) and "type" in schema:
        shut.setdefault("additionalProperties", False)
    return shut


def main(schema, *files):
    with open(schema, encoding="utf-8") as file:
        schema = json.load(file)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(closed(schema), format_checker=Draft202012Validator.FORMAT_CHECKER)
    bad = 0
    for name in files:
        with open(name, encoding="utf-8") as file:
            for error in validator.iter_errors(json.load(file)):
                bad += 1
                print(f"{name}: {error.json_path}: {error.message}"[:400])
    return 1 if bad else 0


sys.exit(main(*sys.argv[1:]))
