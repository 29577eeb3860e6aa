#!/usr/bin/env python3
"""Compares y0's ID with ours, graph by graph: verdict, value on a model with explicit hidden variables, seconds.

    y0_identify.py QUERIES CAUSAL_JSONL

The model: every bidirected edge is a hidden binary root with P(1) = 1/3; a node's inputs are its parents by name, then
its hidden roots by the names of their ends; with m = sum of input_i 2^i, P(1 | inputs) = (1 + ((m + 2)^3 mod 11)) / 13.
Exit code 1 when an answer of ours is wrong.
"""
import itertools
import json
import statistics
import sys
import time

from y0 import dsl
from y0.algorithm.identify import Identification, Query, Unidentifiable, identify
from y0.graph import NxMixedGraph

REPEATS = 5


class Model:
    def __init__(self, directed, bidirected):
        self.nodes = sorted({v for edge in directed + bidirected for v in edge})
        self.parents = {v: sorted(a for a, b in directed if b == v) for v in self.nodes}
        self.hidden = sorted(tuple(sorted(edge)) for edge in bidirected)
        self.order = []
        while len(self.order) < len(self.nodes):
            self.order += [v for v in self.nodes if v not in self.order
                           and all(p in self.order for p in self.parents[v])]
        self.tables = {}
        self.joint = self.under({})

    def under(self, action):
        """{values of all nodes: probability} when the nodes of `action` are set."""
        joint = {}
        for roots in itertools.product((0, 1), repeat=len(self.hidden)):
            hidden = dict(zip(self.hidden, roots))
            weight = 1.0
            for value in roots:
                weight *= 1 / 3 if value else 2 / 3
            states = [({}, weight)]
            for v in self.order:
                states = [({**values, v: one}, p * q) for values, p in states
                          for one, q in self.outcomes(v, values, hidden, action)]
            for values, p in states:
                key = tuple(values[v] for v in self.nodes)
                joint[key] = joint.get(key, 0) + p
        return joint

    def outcomes(self, v, values, hidden, action):
        if v in action:
            return [(action[v], 1.0)]
        inputs = [values[p] for p in self.parents[v]] + [hidden[edge] for edge in self.hidden if v in edge]
        m = sum(bit << i for i, bit in enumerate(inputs))
        one = (1 + (m + 2) ** 3 % 11) / 13
        return [(0, 1 - one), (1, one)]

    def marginal(self, names):
        if names not in self.tables:
            table = {}
            where = [self.nodes.index(name) for name in names]
            for key, p in self.joint.items():
                part = tuple(key[i] for i in where)
                table[part] = table.get(part, 0) + p
            self.tables[names] = table
        return self.tables[names]

    def conditional(self, variables, given, values):
        both, below = tuple(sorted({*variables, *given})), tuple(sorted(given))
        return (self.marginal(both)[tuple(values[v] for v in both)]
                / self.marginal(below)[tuple(values[v] for v in below)])


def value_of_y0(e, model, values):
    if isinstance(e, dsl.One):
        return 1.0
    if isinstance(e, dsl.Probability):
        names = [[v.name for v in side] for side in (e.distribution.children, e.distribution.parents)]
        return model.conditional(*names, values)
    if isinstance(e, dsl.Sum):
        names = [v.name for v in e.ranges]
        return sum(value_of_y0(e.expression, model, {**values, **dict(zip(names, choice))})
                   for choice in itertools.product((0, 1), repeat=len(names)))
    if isinstance(e, dsl.Product):
        result = 1.0
        for factor in e.expressions:
            result *= value_of_y0(factor, model, values)
        return result
    return value_of_y0(e.numerator, model, values) / value_of_y0(e.denominator, model, values)


def value_of_ours(nodes, index, model, values):
    node = nodes[index]
    kind = node["kind"]
    if kind == "one":
        return 1.0
    if kind == "probability":
        return model.conditional(node["variables"], node.get("given", []), values)
    if kind == "sum":
        return sum(value_of_ours(nodes, node["of"], model, {**values, **dict(zip(node["over"], choice))})
                   for choice in itertools.product((0, 1), repeat=len(node["over"])))
    if kind == "product":
        result = 1.0
        for factor in node["factors"]:
            result *= value_of_ours(nodes, factor, model, values)
        return result
    return (value_of_ours(nodes, node["numerator"], model, values)
            / value_of_ours(nodes, node["denominator"], model, values))


def edges_of(code):
    directed, bidirected = [], []
    for chain in code[code.index("{") + 1:code.rindex("}")].split(";"):
        words = chain.split()
        for a, arrow, b in zip(words[0::2], words[1::2], words[2::2]):
            (bidirected if arrow == "<->" else directed).append((a, b))
    return directed, bidirected


def run_y0(directed, bidirected, y, x):
    """(estimand or None, seconds)."""
    graph = NxMixedGraph.from_str_edges(directed=directed, undirected=bidirected)
    seconds, estimand = [], None
    for _ in range(REPEATS):
        start = time.perf_counter()
        try:
            estimand = identify(Identification(query=Query.from_str(outcomes=y, treatments=x), graph=graph))
        except Unidentifiable:
            estimand = None
        seconds.append(time.perf_counter() - start)
    return estimand, min(seconds)


def verdict(truths, values):
    if values is None:
        return "not identified"
    return "right" if max(abs(a - b) for a, b in zip(truths, values)) < 1e-12 else "WRONG VALUE"


def main(queries, answers):
    with open(answers, encoding="utf-8") as file:
        ours = {answer["name"]: answer for answer in map(json.loads, file)}
    failed, y0_wrong, ratios = False, 0, []
    print(f"{'graph':<16} {'causal':<15} {'y0':<15} {'causal us':>10} {'y0 us':>10}")
    with open(queries, encoding="utf-8") as file:
        lines = [[field.strip() for field in line.split("|")] for line in file]
    for name, code, y, x in lines:
        directed, bidirected = edges_of(code)
        model = Model(directed, bidirected)
        start = {v: 0 for v in model.nodes}
        worlds = [{**start, x: value, y: 1} for value in (0, 1)]
        truths = [sum(p for key, p in model.under({x: world[x]}).items() if key[model.nodes.index(y)] == 1)
                  for world in worlds]
        estimand, y0_seconds = run_y0(directed, bidirected, y, x)
        theirs = estimand and [value_of_y0(estimand, model, world) for world in worlds]
        own = ours[name]["expression"]
        mine = own and [value_of_ours(own["nodes"], own["root"], model, world) for world in worlds]
        failed = failed or verdict(truths, mine) == "WRONG VALUE"
        y0_wrong += verdict(truths, theirs) == "WRONG VALUE"
        ratios.append(y0_seconds / ours[name]["seconds"])
        print(f"{name:<16} {verdict(truths, mine):<15} {verdict(truths, theirs):<15} "
              f"{1e6 * ours[name]['seconds']:>10.1f} {1e6 * y0_seconds:>10.1f}")
    print(f"y0 gives a wrong formula for {y0_wrong} of {len(lines)} graphs; its time over ours: median "
          f"{statistics.median(ratios):.0f}, least {min(ratios):.0f}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
