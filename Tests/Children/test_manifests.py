"""The manifests here are as their schema says, and it agrees with chatd on what is wrong."""

import glob
import json
import os
import tomllib
import unittest

import schemas
from rules import ROOT


class TestManifests(unittest.TestCase):
    reference = "manifest.schema.json"

    def test_each_manifest_here_is_as_its_schema_says(self):
        folders = ("children", "Tests/Fixtures/children", "Tests/Browser/children")
        paths = [path for folder in folders
                 for path in glob.glob(os.path.join(ROOT, folder, "*", "manifest.toml"))]
        self.assertGreater(len(paths), 25)
        for path in [*paths, os.path.join(ROOT, "children", "sample.toml")]:
            with self.subTest(path), open(path, "rb") as file:
                schemas.check(tomllib.load(file), self.reference)

    def test_it_refuses_what_chatd_refuses_and_takes_what_chatd_takes(self):
        with open(os.path.join(ROOT, "Tests", "Fixtures", "manifest-values.json"),
                  encoding="utf-8") as file:
            values = json.load(file)
        for key, kinds in values.items():
            for kind, texts in kinds.items():
                for text in texts:
                    manifest = self.with_value(key, text)
                    with self.subTest(kind, key=key, value=text):
                        if kind == "wrong":
                            self.assertRaises(
                                schemas.Breach, schemas.check, manifest, self.reference)
                        else:
                            schemas.check(manifest, self.reference)

    def with_value(self, key, text):
        table, _, name = key.rpartition(".")
        start = "" if key in ("command", "component_path") else 'command = ["true"]\n'
        return tomllib.loads(start + (f"[{table}]\n" if table else "") + f"{name} = {text}\n")

    def test_a_command_is_there_once(self):
        for manifest in ({}, [], {"name": "a"}, {"command": ["a"], "component_path": "a"}):
            self.assertRaises(schemas.Breach, schemas.check, manifest, self.reference)

    def test_a_user_has_a_name(self):
        # Who is one, and whether chatd may choose, is the machine's to say.
        for user in (1, ""):
            self.assertRaises(schemas.Breach, schemas.check, {
                "command": ["a"], "limits": {"user": user}}, self.reference)
        schemas.check({"command": ["a"], "limits": {"user": "nobody"}}, self.reference)


if __name__ == "__main__":
    unittest.main()
