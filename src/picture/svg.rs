//! The picture as SVG: layers are bands in their order, and what a finding is about is red.

mod placing;

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use ringfence_output::escape::markup;

use self::placing::{float, lefts, ranks, rows, width};
use super::Picture;

/// More nodes are no picture.
const MOST_NODES: usize = 300;
const HEIGHT: f64 = 32.0;
const GAP: f64 = 18.0;
const ROW: f64 = 46.0;
const TITLE: f64 = 28.0;
const MARGIN: f64 = 24.0;

const STYLE: &str = "\
text{font:13px system-ui,'Segoe UI','DejaVu Sans',sans-serif;fill:#1b1f24}\
.title{font-weight:600;fill:#57606a}.back{fill:#fff}.band{fill:#eef3f9}.odd{fill:#f5f2ea}\
.node{fill:#fff;stroke:#5b7fa6}.edge{fill:none;stroke:#5b7fa6;stroke-opacity:.7}.broken{stroke:#c6262e;stroke-opacity:1}\
.head{fill:#5b7fa6}.bad{fill:#c6262e}\
@media(prefers-color-scheme:dark){text{fill:#e4e8ee}.title{fill:#a2adba}.back{fill:#14171c}.band{fill:#1b222c}.odd{fill:#211f1a}\
.node{fill:#232831;stroke:#6d94bf}.edge{stroke:#6d94bf}.broken{stroke:#ff7b72}.head{fill:#6d94bf}.bad{fill:#ff7b72}}";

/// A node as it is drawn.
struct Box {
    x: f64,
    y: f64,
    width: f64,
}

/// Why there is no picture.
#[derive(Debug)]
pub(crate) struct TooMany {
    pub(crate) nodes: usize,
    pub(crate) most: usize,
}

impl Picture {
    /// # Errors
    /// Where there are too many nodes to be seen.
    pub(crate) fn svg(&self) -> Result<Vec<String>, TooMany> {
        if self.nodes.len() > MOST_NODES {
            return Err(TooMany { nodes: self.nodes.len(), most: MOST_NODES });
        }
        let names: Vec<&str> = self.nodes.keys().map(String::as_str).collect();
        let numbers: BTreeMap<&str, usize> = names.iter().copied().zip(0..).collect();
        let edges: Vec<Drawn> = self
            .edges
            .iter()
            .filter_map(|((from, to), imports)| {
                Some(Drawn {
                    from: *numbers.get(from.as_str())?,
                    to: *numbers.get(to.as_str())?,
                    imports: imports.len(),
                    is_broken: self.broken.contains(&(from.clone(), to.clone())),
                })
            })
            .filter(|edge| edge.from != edge.to)
            .collect();
        let (bands, titles) = self.bands(&names);
        let ranks = ranks(&names, &edges, &bands);
        Ok(draw(&names, &edges, &bands, &titles, &ranks))
    }

    /// By node: which band it is in, from the top; and what bands are called.
    fn bands(&self, names: &[&str]) -> (Vec<usize>, Vec<String>) {
        let layer_of = |name: &&str| self.layer_of.get(*name).map(|(rank, _)| *rank);
        let bands: Vec<usize> =
            names.iter().map(|name| layer_of(name).unwrap_or(self.layers.len())).collect();
        let mut titles: Vec<String> = self
            .layers
            .iter()
            .map(|rank| rank.iter().map(|layer| self.title(layer)).collect::<Vec<_>>().join("  |  "))
            .collect();
        let is_layered = bands.iter().any(|band| *band < self.layers.len());
        titles.push(if is_layered { "in no layer".to_string() } else { String::new() });
        (bands, titles)
    }
}

struct Drawn {
    from: usize,
    to: usize,
    imports: usize,
    is_broken: bool,
}

fn draw(
    names: &[&str],
    edges: &[Drawn],
    bands: &[usize],
    titles: &[String],
    places: &[(f64, f64)],
) -> Vec<String> {
    let mut by_band: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (node, band) in bands.iter().enumerate() {
        by_band.entry(*band).or_default().push(node);
    }
    let by_band: Vec<(usize, Vec<Vec<usize>>)> =
        by_band.into_iter().map(|(band, members)| (band, rows(&members, names, places))).collect();
    let lefts = lefts(&by_band, names, places);
    let row_width = |row: &Vec<usize>| row.iter().map(|node| width(names[*node]) + GAP).sum::<f64>() - GAP;
    let widest = match &lefts {
        Some(lefts) => lefts.iter().zip(names).map(|(left, name)| left + width(name)).fold(240.0, f64::max),
        None => by_band.iter().flat_map(|(_, rows)| rows).map(row_width).fold(240.0, f64::max),
    };
    let whole = widest + 2.0 * MARGIN + 40.0;
    let mut boxes: HashMap<usize, Box> = HashMap::new();
    let mut backs: Vec<String> = Vec::new();
    let mut y = MARGIN;
    for (number, (band, rows)) in by_band.iter().enumerate() {
        let title = titles.get(*band).map(String::as_str).unwrap_or_default();
        let start = y;
        y += if title.is_empty() { 14.0 } else { TITLE };
        for row in rows {
            let mut x = (whole - row_width(row)) / 2.0;
            for node in row {
                let width = width(names[*node]);
                let left = lefts.as_ref().and_then(|lefts| lefts.get(*node));
                boxes.insert(*node, Box { x: left.map_or(x, |left| MARGIN + 20.0 + left), y, width });
                x += width + GAP;
            }
            y += HEIGHT + ROW;
        }
        let height = y - start - ROW + 16.0;
        let class = if number % 2 == 0 { "band" } else { "band odd" };
        backs.push(format!(
            "<rect class=\"{class}\" x=\"{MARGIN}\" y=\"{start:.0}\" width=\"{:.0}\" height=\"{height:.0}\" rx=\"8\"/>",
            whole - 2.0 * MARGIN
        ));
        if !title.is_empty() {
            backs.push(format!(
                "<text class=\"title\" x=\"{:.0}\" y=\"{:.0}\">{}</text>",
                MARGIN + 12.0,
                start + 19.0,
                markup(title)
            ));
        }
        y += 16.0;
    }
    let height = y - ROW + 16.0 + MARGIN;
    let mut lines = vec![
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{whole:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {whole:.0} {height:.0}\" role=\"img\">"
        ),
        "<title>Modules and their imports</title>".to_string(),
        format!("<style>{STYLE}</style>"),
        "<defs><marker id=\"a\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"9\" markerHeight=\"9\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path class=\"head\" d=\"M0 1L10 5L0 9z\"/></marker>".to_string(),
        "<marker id=\"b\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"9\" markerHeight=\"9\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path class=\"bad\" d=\"M0 1L10 5L0 9z\"/></marker></defs>".to_string(),
        format!("<rect class=\"back\" width=\"{whole:.0}\" height=\"{height:.0}\"/>"),
    ];
    lines.append(&mut backs);
    // What is broken lies on top.
    for edge in edges.iter().filter(|edge| !edge.is_broken).chain(edges.iter().filter(|edge| edge.is_broken))
    {
        if let (Some(from), Some(to)) = (boxes.get(&edge.from), boxes.get(&edge.to)) {
            lines.push(line(edge, from, to, names));
        }
    }
    for (node, name) in names.iter().enumerate() {
        let Some(Box { x, y, width }) = boxes.get(&node) else { continue };
        lines.push(format!(
            "<rect class=\"node\" x=\"{x:.0}\" y=\"{y:.0}\" width=\"{width:.0}\" height=\"{HEIGHT}\" rx=\"7\"/><text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"middle\">{}</text>",
            x + width / 2.0,
            y + 21.0,
            markup(name)
        ));
    }
    lines.push("</svg>".to_string());
    lines
}

fn line(edge: &Drawn, from: &Box, to: &Box, names: &[&str]) -> String {
    let (x1, x2) = (from.x + from.width / 2.0, to.x + to.width / 2.0);
    let mut path = String::new();
    let written = if to.y > from.y {
        let (y1, y2) = (from.y + HEIGHT, to.y - 1.0);
        let bend = (y2 - y1) / 2.0;
        write!(path, "M{x1:.0} {y1:.0}C{x1:.0} {:.0} {x2:.0} {:.0} {x2:.0} {y2:.0}", y1 + bend, y2 - bend)
    } else if to.y < from.y {
        // Beside what leads down.
        let side = if x2 >= x1 { 11.0 } else { -11.0 };
        let (x1, x2, y1, y2) = (x1 + side, x2 + side, from.y, to.y + HEIGHT + 1.0);
        let bend = (y1 - y2) / 2.0;
        write!(path, "M{x1:.0} {y1:.0}C{x1:.0} {:.0} {x2:.0} {:.0} {x2:.0} {y2:.0}", y1 - bend, y2 + bend)
    } else {
        let (y, lift) = (from.y + HEIGHT, 16.0 + (x2 - x1).abs() / 24.0);
        write!(path, "M{x1:.0} {y:.0}C{x1:.0} {0:.0} {x2:.0} {0:.0} {x2:.0} {1:.0}", y + lift, y + 1.0)
    };
    debug_assert!(written.is_ok(), "a string takes all that is written");
    let (class, head) = if edge.is_broken { ("edge broken", "b") } else { ("edge", "a") };
    let width = (1.0 + float(edge.imports).log2() * 0.5).min(6.0);
    let what = if edge.imports == 1 { "import" } else { "imports" };
    let rule = if edge.is_broken { ", of which some break a rule" } else { "" };
    format!(
        "<path class=\"{class}\" stroke-width=\"{width:.1}\" marker-end=\"url(#{head})\" d=\"{path}\"><title>{} -&gt; {}: {} {what}{rule}</title></path>",
        markup(names[edge.from]),
        markup(names[edge.to]),
        edge.imports
    )
}
