#!/usr/bin/env python3
"""Compares a peer's skeleton and seconds with those of several runs of `causal discover` on the same data.

    compare_skeletons.py PEER.json OURS.json...

Exit code 1 when the edges differ. The time of ours is the median over the runs of all phases between reading the
table and writing the result; the peer's is what its runner measured.
"""
import json
import statistics
import sys

TARGET = 1000
OUTSIDE_THE_SEARCH = ("read", "write", "report")


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def our_seconds(graph):
    return sum(phase["seconds"] for phase in graph["timing"]["phases"] if phase["phase"] not in OUTSIDE_THE_SEARCH)


def our_edges(graph):
    return {tuple(sorted((edge["from"], edge["to"]))) for edge in graph["edges"]}


def main(peer_path, *our_paths):
    peer = load(peer_path)
    ours = [load(path) for path in our_paths]
    edges = our_edges(ours[0])
    peer_edges = {tuple(edge) for edge in peer["edges"]}
    if edges != peer_edges:
        print(f"skeletons differ: only causal {sorted(edges - peer_edges)}, only {peer['tool']} "
              f"{sorted(peer_edges - edges)}", file=sys.stderr)
        return 1

    seconds = statistics.median(our_seconds(graph) for graph in ours)
    ratio = peer["seconds"] / seconds
    whole = statistics.median(graph["timing"]["total_s"] for graph in ours)
    print(f"{peer['tool']} {peer['version']}: {peer['seconds']:.3f} s; causal: {seconds * 1e3:.3f} ms, with reading and "
          f"hashing the table {whole * 1e3:.3f} ms (medians of {len(ours)}); p = {peer['p']}, n = {peer['n']}, "
          f"the same {len(edges)} edges")
    verdict = "PASS" if ratio >= TARGET else "FALL SHORT"
    name = f"pc_vs_{peer['tool'].replace('-', '_')}_p{peer['p']}_n{peer['n']}"
    print(f"RESULT {name} {ratio:.0f} x target >= {TARGET} {verdict}")
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: compare_skeletons.py PEER.json OURS.json...")
    sys.exit(main(*sys.argv[1:]))
