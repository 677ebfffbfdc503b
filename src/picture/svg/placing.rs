//! Where nodes go: `rust-sugiyama` ranks them and orders each rank; here the ranks go into bands, and a rank with too many nodes for the width
//! goes on below.

use ringfence_graph::{WeightedEdge, cheapest_feedback};
use rust_sugiyama::configure::Config;
use rust_sugiyama::from_vertices_and_edges;

use super::{Drawn, GAP, HEIGHT};

/// Only the strongest edges of a node say where it goes; all are drawn.
const MOST_EDGES: usize = 4;

const WIDEST: f64 = 1250.0;

/// By node: how far down it is, and how far to the right.
pub(super) fn ranks(names: &[&str], edges: &[Drawn], bands: &[usize]) -> Vec<(f64, f64)> {
    let mut sorted: Vec<&Drawn> = edges.iter().collect();
    sorted.sort_by_key(|edge| std::cmp::Reverse(edge.imports));
    let (mut out, mut into) = (vec![0; names.len()], vec![0; names.len()]);
    sorted.retain(|edge| {
        let is_wanted = out[edge.from] < MOST_EDGES || into[edge.to] < MOST_EDGES;
        out[edge.from] += 1;
        into[edge.to] += 1;
        is_wanted
    });
    // What goes back up says nothing of where its ends belong: it is turned round, and so are the cheapest edges of each cycle.
    let weighted: Vec<WeightedEdge> = sorted
        .iter()
        .map(|edge| {
            let (from, to) =
                if bands[edge.from] > bands[edge.to] { (edge.to, edge.from) } else { (edge.from, edge.to) };
            WeightedEdge { from: from as u32, to: to as u32, cost: edge.imports as u32 }
        })
        .collect();
    let turned = cheapest_feedback(names.len(), &weighted).cut;
    let mut links: Vec<(u32, u32)> = weighted
        .iter()
        .enumerate()
        .map(|(position, edge)| {
            if turned.binary_search(&position).is_ok() { (edge.to, edge.from) } else { (edge.from, edge.to) }
        })
        .collect();
    let mut vertices: Vec<(u32, (f64, f64))> =
        (0..).zip(names).map(|(number, name)| (number, (width(name), HEIGHT))).collect();
    let mut used: Vec<usize> = bands.to_vec();
    used.sort_unstable();
    used.dedup();
    // Two more for each band, above and below all that is in it.
    let ends = |band: usize| {
        let first = (names.len() + 2 * used.partition_point(|it| *it < band)) as u32;
        (first, first + 1)
    };
    for band in &used {
        let (top, end) = ends(*band);
        vertices.extend([(top, (1.0, 1.0)), (end, (1.0, 1.0))]);
    }
    for pair in used.windows(2) {
        links.push((ends(pair[0]).1, ends(pair[1]).0));
    }
    for (node, band) in (0..).zip(bands) {
        let (top, end) = ends(*band);
        links.extend([(top, node), (node, end)]);
    }
    links.sort_unstable();
    links.dedup();
    let config = Config { vertex_spacing: GAP, dummy_vertices: true, ..Config::default() };
    let mut places = vec![(0.0, 0.0); names.len()];
    for (layout, _, _) in from_vertices_and_edges(&vertices, &links, &config) {
        for (vertex, (x, y)) in layout {
            if let Some(place) = places.get_mut(vertex) {
                *place = (y.abs(), x);
            }
        }
    }
    places
}

pub(super) fn width(name: &str) -> f64 {
    float(name.chars().count()) * 7.6 + 24.0
}

pub(super) fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// The rows of a band, from the top; each from the left.
pub(super) fn rows(members: &[usize], names: &[&str], places: &[(f64, f64)]) -> Vec<Vec<usize>> {
    let mut members = members.to_vec();
    members.sort_by(|a, b| {
        let ((rank_a, x_a), (rank_b, x_b)) = (places[*a], places[*b]);
        rank_a.total_cmp(&rank_b).then(x_a.total_cmp(&x_b)).then(names[*a].cmp(names[*b]))
    });
    let mut rows = Vec::new();
    for rank in members.chunk_by(|a, b| (places[*a].0 - places[*b].0).abs() < 1.0) {
        let total: f64 = rank.iter().map(|node| width(names[*node]) + GAP).sum();
        let most = total / (total / WIDEST).ceil().max(1.0) + 1.0;
        let (mut row, mut so_far): (Vec<usize>, f64) = (Vec::new(), 0.0);
        for node in rank {
            if so_far > 0.0 && so_far + width(names[*node]) > most {
                rows.push(std::mem::take(&mut row));
                so_far = 0.0;
            }
            so_far += width(names[*node]) + GAP;
            row.push(*node);
        }
        rows.push(row);
    }
    rows
}

/// By node: how far it is from the left as it was laid out, which leaves room for the lines between; nothing where that is too wide, or nodes
/// would lie over each other.
pub(super) fn lefts(
    by_band: &[(usize, Vec<Vec<usize>>)],
    names: &[&str],
    places: &[(f64, f64)],
) -> Option<Vec<f64>> {
    let lefts: Vec<f64> =
        names.iter().zip(places).map(|(name, (_, center))| center - width(name) / 2.0).collect();
    let first = lefts.iter().copied().fold(f64::INFINITY, f64::min);
    let lefts: Vec<f64> = lefts.into_iter().map(|left| left - first).collect();
    let fits = lefts.iter().zip(names).all(|(left, name)| left + width(name) <= WIDEST);
    let is_apart = |pair: &[usize]| lefts[pair[0]] + width(names[pair[0]]) + GAP / 2.0 <= lefts[pair[1]];
    let are_apart = by_band.iter().flat_map(|(_, rows)| rows).all(|row| row.windows(2).all(is_apart));
    (fits && are_apart).then_some(lefts)
}
