#!/usr/bin/env python3
"""Checks what the compiler does not: who may include whom, what public headers show, sizes, names, and doc links.

    tools/check_layout.py [ROOT]

Prints one line per finding, "path:line: rule: message"; warnings do not count. Exit code 1 when there are errors.
"""
import re
import sys
from pathlib import Path

# Rooms of the core, lowest first: a room may include itself and what stands before it.
CORE_ROOMS = ("run", "math", "data", "graph", "probability", "diagram", "scm", "identify", "io")
# Which modules a module may include. Siblings share nothing: what two of them need moves down into the core.
MODULES = {
    "core": {"core"},
    "discovery": {"core", "discovery"},
    "estimation": {"core", "estimation"},
    "bandits": {"core", "bandits"},
}
FOLDER_OF = {"core": "libcausal"}
MODULE_OF = {FOLDER_OF.get(module, module): module for module in MODULES}
FRONT_ENDS = ("apps", "python", "bench", "tests")
ROOTS = (*MODULE_OF, *FRONT_ENDS, "cmake", "tools", "docs", "data")

STANDARD_HEADERS = frozenset(
    """algorithm any array atomic barrier bit bitset cassert cctype cerrno cfenv cfloat charconv chrono cinttypes
    climits clocale cmath codecvt compare complex concepts condition_variable coroutine csetjmp csignal cstdarg cstddef
    cstdint cstdio cstdlib cstring ctime cuchar cwchar cwctype deque exception execution filesystem forward_list
    fstream functional future initializer_list iomanip ios iosfwd iostream istream iterator latch limits list locale
    map memory memory_resource mutex new numbers numeric optional ostream queue random ranges ratio regex
    scoped_allocator semaphore set shared_mutex source_location span sstream stack stdexcept stop_token streambuf
    string string_view system_error thread tuple type_traits typeindex typeinfo unordered_map unordered_set utility
    valarray variant vector version""".split())
MISSING_HEADERS = {"format": "GCC 12 has no <format>: use fmt in a .cpp", "expected": "GCC 12 has no <expected>"}
TEST_LABELS = {"unit", "oracle", "stat", "golden", "determinism", "cli", "fuzz"}
VAGUE_NAMES = {"util", "utils", "common", "helper", "helpers", "misc"}
SIZE_WARNING, SIZE_ERROR = 500, 800
PARALLEL_HOME = "libcausal/src/run/parallel.cpp"
UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME)\b")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
CODE = {".hpp", ".cpp"}
TEXT = CODE | {".py", ".sh", ".cmake", ".md", ".toml"}
SIZED = CODE | {".py", ".sh", ".cmake"}


class Report:
    def __init__(self):
        self.errors = 0

    def error(self, path, line, rule, message):
        self.errors += 1
        print(f"{path}:{line}: {rule}: {message}")

    @staticmethod
    def warning(path, line, rule, message):
        print(f"{path}:{line}: {rule} (warning): {message}")


class Source:
    """A text file of the project, its path relative to the root and its lines."""

    def __init__(self, root, path):
        self.path = path.relative_to(root)
        self.name = self.path.as_posix()
        self.lines = path.read_text(encoding="utf-8", errors="replace").splitlines()

    def includes(self):
        """(line number, '<' or '"', included path) of every #include."""
        for number, line in enumerate(self.lines, 1):
            match = INCLUDE.match(line)
            if match:
                yield number, match[1], match[2]

    @property
    def module(self):
        return MODULE_OF.get(self.path.parts[0])

    @property
    def is_public_header(self):
        return self.module is not None and self.path.suffix == ".hpp" and self.path.parts[1] == "include"


def find_sources(root):
    found = [p for p in root.iterdir() if p.is_file() and (p.suffix in TEXT or p.name == "CMakeLists.txt")]
    for folder in ROOTS:
        if (root / folder).is_dir():
            found += [p for p in (root / folder).rglob("*")
                      if p.is_file() and (p.suffix in TEXT or p.name == "CMakeLists.txt")]
    return [Source(root, path) for path in sorted(found)]


def place_of_header(include):
    """(module, folder inside it) of a public header, e.g. causal/discovery/ci/x.hpp is (discovery, ci)."""
    parts = include.split("/")[1:-1]
    if parts and parts[0] in MODULES and parts[0] != "core":
        return parts[0], "/".join(parts[1:])
    return "core", "/".join(parts)


def place_of_source(source):
    """(module, folder inside it) of a module's own file; (None, None) for any other file."""
    if source.module is None or source.path.parts[1] not in ("include", "src"):
        return None, None
    parts = source.path.parts[2:-1]
    if source.path.parts[1] == "src":
        return source.module, "/".join(parts)
    return place_of_header("/".join((*parts, source.path.name)))


def place_of_include(source, include, sources_by_name):
    """Where an included project file lives, or None for a file of another project."""
    if include.startswith("causal/"):
        return place_of_header(include)
    if source.module is None:
        return None
    beside = (source.path.parent / include).as_posix()
    from_src = f"{source.path.parts[0]}/src/{include}"
    for candidate in (beside, from_src):
        if candidate in sources_by_name:
            return place_of_source(sources_by_name[candidate])
    return None


def check_dependencies(sources, report):
    by_name = {source.name: source for source in sources}
    edges = {}
    for source in sources:
        module, room = place_of_source(source)
        if module is None:
            continue
        for line, _, include in source.includes():
            place = place_of_include(source, include, by_name)
            if place is None:
                continue
            other_module, other_room = place
            if other_module not in MODULES[module]:
                report.error(source.name, line, "dependency", f"{module} must not include {other_module} ({include})")
            elif module == other_module == "core":
                check_rooms(source, line, room, other_room, report)
            if module == other_module and room != other_room:
                edges.setdefault((module, room), {}).setdefault((module, other_room), (source.name, line))
    cycle = find_cycle({place: list(targets) for place, targets in edges.items()})
    if cycle:
        path, line = edges[cycle[0]][cycle[1]]
        report.error(path, line, "cycle", "folders include each other: " + " -> ".join(f"{m}/{r}" for m, r in cycle))


def check_rooms(source, line, room, other_room, report):
    rooms = [part.split("/")[0] for part in (room, other_room)]
    for name in rooms:
        if name not in CORE_ROOMS:
            report.error(source.name, line, "dependency", f"'{name}' is not a room of the core")
            return
    if CORE_ROOMS.index(rooms[1]) > CORE_ROOMS.index(rooms[0]):
        report.error(source.name, line, "dependency", f"{rooms[0]} must not include {rooms[1]}, which stands after it")


def find_cycle(graph):
    """A cycle as a list of nodes (first = last), or None; depth-first search."""
    done, trail = set(), []

    def visit(node):
        if node in trail:
            return [*trail[trail.index(node):], node]
        if node in done:
            return None
        trail.append(node)
        for target in sorted(graph.get(node, ())):
            cycle = visit(target)
            if cycle:
                return cycle
        trail.pop()
        done.add(node)
        return None

    for start in sorted(graph):
        cycle = visit(start)
        if cycle:
            return cycle
    return None


def check_public_header(source, report):
    for line, quote, include in source.includes():
        allowed = include.startswith("causal/") or (
            quote == "<" and (include in STANDARD_HEADERS or include in MISSING_HEADERS or include == "Eigen/Core"))
        if not allowed:
            report.error(source.name, line, "public header",
                         f"{include}: public headers include std, Eigen/Core and causal/ only")


def check_code(source, report):
    if source.path.suffix == ".hpp" and "#pragma once" not in source.lines:
        report.error(source.name, 1, "header", "#pragma once is missing")
    for number, line in enumerate(source.lines, 1):
        if source.name != PARALLEL_HOME and (re.match(r"\s*#\s*pragma\s+omp\b", line) or '_Pragma("omp' in line):
            report.error(source.name, number, "openmp", f"OpenMP only in {PARALLEL_HOME}: use causal::parallel_for")
        if re.search(r"\bstd::(?:views|ranges::views)\b", line):
            report.error(source.name, number, "std::views", "clang 14 rejects libstdc++ 12's views")
    for number, quote, include in source.includes():
        if quote == "<" and include in MISSING_HEADERS:
            report.error(source.name, number, "std", MISSING_HEADERS[include])
        if include == "omp.h" and source.name != PARALLEL_HOME:
            report.error(source.name, number, "openmp", f"<omp.h> only in {PARALLEL_HOME}")


def check_size(source, report):
    size = len(source.lines)
    if size > SIZE_ERROR:
        report.error(source.name, size, "size", f"{size} lines; a file has at most {SIZE_ERROR}")
    elif size > SIZE_WARNING:
        report.warning(source.name, size, "size", f"{size} lines; above {SIZE_WARNING} think again")


def check_names(source, report):
    for part in (*source.path.parts[:-1], source.path.stem):
        vague = VAGUE_NAMES.intersection(re.split(r"[_\-.]", part.lower()))
        if vague:
            report.error(source.name, 1, "name", f"'{vague.pop()}' says nothing: name a file after what it gives")


def check_unfinished(source, report):
    for number, line in enumerate(source.lines, 1):
        match = UNFINISHED.search(line)
        if match:
            report.error(source.name, number, "unfinished", f"{match[0]}: do it, or say why it is not done")


def check_test(source, report):
    if re.fullmatch(r"test_.*\.cpp", source.path.name):
        match = re.fullmatch(r"// labels:((?: \w+)+)", source.lines[0] if source.lines else "")
        if not match:
            report.error(source.name, 1, "labels", "the first line of a test is '// labels: ...'")
        elif not TEST_LABELS.issuperset(match[1].split()):
            report.error(source.name, 1, "labels", f"labels are {', '.join(sorted(TEST_LABELS))}")
    includes = list(source.includes())
    for number, _, include in includes[:-1]:
        if include == "doctest/doctest.h":
            report.error(source.name, number, "doctest", "doctest is the last include: others define CHECK too")


def heading_anchor(heading):
    """The fragment by which a Markdown heading is linked."""
    text = re.sub(r"[`*]", "", heading.strip().lower())
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def prose_lines(source):
    """(line number, line) outside fenced code blocks."""
    fenced = False
    for number, line in enumerate(source.lines, 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced:
            yield number, line


def anchors_of(source):
    return {heading_anchor(line.lstrip("#")) for _, line in prose_lines(source) if re.match(r"#{1,6} ", line)}


def check_links(source, root, sources_by_name, report):
    for number, line in prose_lines(source):
        for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", line)):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, fragment = target.partition("#")
            file = (root / source.path.parent / path).resolve() if path else root / source.path
            if not file.exists():
                report.error(source.name, number, "link", f"{target} does not exist")
                continue
            linked = None
            if file.is_relative_to(root):
                linked = sources_by_name.get(file.relative_to(root).as_posix())
            if fragment and linked and fragment not in anchors_of(linked):
                report.error(source.name, number, "link", f"{target}: no such heading")


def check(root):
    """Checks the tree under `root`; returns the number of errors."""
    root = root.resolve()
    report = Report()
    sources = find_sources(root)
    by_name = {source.name: source for source in sources}
    check_dependencies(sources, report)
    for source in sources:
        check_names(source, report)
        check_unfinished(source, report)
        if source.path.suffix in SIZED:
            check_size(source, report)
        if source.path.suffix in CODE:
            check_code(source, report)
        if source.is_public_header:
            check_public_header(source, report)
        if source.path.parts[0] == "tests" and source.path.suffix == ".cpp":
            check_test(source, report)
        if source.path.suffix == ".md":
            check_links(source, root, by_name, report)
    print(f"layout: {len(sources)} files, {report.errors} errors")
    return report.errors


if __name__ == "__main__":
    tree = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent
    sys.exit(1 if check(tree) else 0)
