#!/usr/bin/env python3
"""A small tree that obeys every rule passes the layout check; each broken rule alone makes it fail and is named."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

CHECK = Path(__file__).resolve().parents[2] / "tools" / "check_layout.py"

CLEAN = {
    "README.md": "# Title\n\nSee [the page](docs/page.md#second-part) and [here](#title).\n",
    "docs/page.md": "# Page\n\n## Second part\n\n```\n[not a link](nowhere.md)\n```\n",
    "libcausal/include/causal/run/base.hpp": "#pragma once\n#include <vector>\n",
    "libcausal/include/causal/graph/graph.hpp":
        '#pragma once\n#include <Eigen/Core>\n\n#include "causal/run/base.hpp"\n',
    "libcausal/src/graph/graph.cpp": '#include "causal/graph/graph.hpp"\n\n#include <boost/graph/graph_traits.hpp>\n',
    "libcausal/src/run/parallel.cpp": "#include <omp.h>\n#pragma omp parallel for\n",
    "discovery/include/causal/discovery/ci/test.hpp": '#pragma once\n#include "causal/graph/graph.hpp"\n',
    "discovery/src/search/rows.hpp": "#pragma once\n",
    "discovery/src/search/pc.cpp": '#include "causal/discovery/ci/test.hpp"\n#include "search/rows.hpp"\n',
    "apps/causal/main.cpp": '#include "causal/discovery/ci/test.hpp"\n',
    "tests/core/test_graph.cpp": "// labels: unit oracle\n#include <vector>\n\n#include <doctest/doctest.h>\n",
}


def run_check(changes):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in {**CLEAN, **changes}.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        result = subprocess.run([sys.executable, CHECK, folder], capture_output=True, text=True, check=False)
        return result.returncode, result.stdout + result.stderr


class CheckLayout(unittest.TestCase):
    def expect_error(self, changes, *words):
        code, output = run_check(changes)
        self.assertEqual(code, 1, output)
        self.assertIn("1 errors", output)
        for word in words:
            self.assertIn(word, output)

    def test_a_clean_tree_passes(self):
        code, output = run_check({})
        self.assertEqual((code, "0 errors" in output), (0, True), output)

    def test_core_must_not_include_discovery(self):
        self.expect_error({"libcausal/src/graph/up.cpp": '#include "causal/discovery/ci/test.hpp"\n'},
                          "libcausal/src/graph/up.cpp:1: dependency", "core must not include discovery")

    def test_siblings_must_not_include_each_other(self):
        self.expect_error({"estimation/src/effect.cpp": '#include "causal/discovery/ci/test.hpp"\n'},
                          "estimation must not include discovery")

    def test_a_lower_room_must_not_include_a_higher_one(self):
        self.expect_error({"libcausal/src/run/up.cpp": '#include "causal/graph/graph.hpp"\n',
                           "libcausal/include/causal/graph/graph.hpp": "#pragma once\n"},
                          "run must not include graph")

    def test_a_private_header_counts_with_its_room(self):
        self.expect_error({"libcausal/src/graph/rows.hpp": "#pragma once\n",
                           "libcausal/src/data/up.cpp": '#include "graph/rows.hpp"\n'}, "data must not include graph")

    def test_an_unknown_room_is_an_error(self):
        self.expect_error({"libcausal/src/attic/old.cpp": '#include "causal/run/base.hpp"\n'}, "'attic' is not a room")

    def test_folders_must_not_form_a_cycle(self):
        self.expect_error({"discovery/include/causal/discovery/search/pc.hpp": "#pragma once\n",
                           "discovery/src/ci/test.cpp": '#include "causal/discovery/search/pc.hpp"\n'},
                          "cycle", "discovery/ci -> discovery/search -> discovery/ci")

    def test_public_headers_show_no_third_party(self):
        for include in ("<fmt/format.h>", "<boost/graph/graph_traits.hpp>", "<nlohmann/json.hpp>", '"rows.hpp"',
                        "<Eigen/Dense>"):
            with self.subTest(include):
                self.expect_error({"libcausal/include/causal/run/base.hpp": f"#pragma once\n#include {include}\n"},
                                  "base.hpp:2: public header")

    def test_pragma_once_is_required(self):
        self.expect_error({"discovery/src/search/rows.hpp": "struct Rows {};\n"}, "#pragma once is missing")

    def test_openmp_lives_in_one_file(self):
        self.expect_error({"discovery/src/search/pc.cpp": "  #pragma omp parallel for\n"}, "pc.cpp:1: openmp")
        self.expect_error({"discovery/src/search/pc.cpp": '_Pragma("omp parallel for")\n'}, "pc.cpp:1: openmp")
        self.expect_error({"apps/causal/main.cpp": "#include <omp.h>\n"}, "main.cpp:1: openmp")

    def test_what_the_compilers_lack(self):
        self.expect_error({"apps/causal/main.cpp": "auto x = v | std::views::take(3);\n"}, "std::views")
        self.expect_error({"apps/causal/main.cpp": "auto x = v | std::ranges::views::take(3);\n"}, "std::views")
        self.expect_error({"apps/causal/main.cpp": "#include <format>\n"}, "main.cpp:1: std")
        self.expect_error({"apps/causal/main.cpp": "#include <expected>\n"}, "main.cpp:1: std")

    def test_size(self):
        self.expect_error({"apps/causal/main.cpp": "\n" * 801}, "size: 801 lines")
        code, output = run_check({"apps/causal/main.cpp": "\n" * 800})
        self.assertEqual(code, 0, output)
        self.assertIn("size (warning): 800 lines", output)

    def test_vague_names(self):
        for name in ("libcausal/src/run/string_utils.cpp", "apps/common/text.cpp", "tests/support/test-helpers.hpp"):
            with self.subTest(name):
                self.expect_error({name: "#pragma once\n"}, "name:")

    def test_unfinished_marks(self):
        for mark in ("TO" + "DO", "FIX" + "ME"):
            for name in ("apps/causal/main.cpp", "tools/run.sh", "NOTES.md"):
                with self.subTest(mark=mark, name=name):
                    self.expect_error({name: f"// {mark}: later\n"}, "unfinished")

    def test_tests_declare_their_labels(self):
        doctest = "#include <doctest/doctest.h>\n"
        self.expect_error({"tests/core/test_graph.cpp": doctest}, "the first line of a test")
        self.expect_error({"tests/core/test_graph.cpp": "// labels: slow\n" + doctest}, "labels are")
        self.expect_error({"tests/core/test_graph.cpp": ""}, "the first line of a test")

    def test_doctest_is_the_last_include(self):
        self.expect_error({"tests/core/test_graph.cpp": "// labels: unit\n#include <doctest/doctest.h>\n#include <map>\n"},
                          "test_graph.cpp:2: doctest")

    def test_links_resolve(self):
        self.expect_error({"README.md": "# T\n[gone](docs/gone.md)\n"}, "README.md:2: link", "docs/gone.md")
        self.expect_error({"README.md": "# T\n![picture](docs/gone.png)\n"}, "docs/gone.png")
        self.expect_error({"README.md": "# T\n[part](docs/page.md#third-part)\n"}, "no such heading")


if __name__ == "__main__":
    unittest.main()
