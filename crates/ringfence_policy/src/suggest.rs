//! "Did you mean": the candidate that was probably meant by a name that is not one of them.

/// Longer names are not compared letter by letter, since that takes quadratic time.
const LONGEST: usize = 200;

/// The candidate that is nearest to `name`, if any is near enough. In this order: the same but for case and `_` / `-`;
/// the same dotted name with leading segments more or fewer (`orders`, `shop.orders`); a slip of at most a third of
/// the letters; a dotted name above or below. Ties go to the candidate that sorts first, whatever order they come in.
pub fn suggest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = fold(name);
    candidates
        .into_iter()
        .filter(|candidate| *candidate != name)
        .filter_map(|candidate| Some((distance(&folded, &fold(candidate))?, candidate)))
        .min()
        .map(|(_, candidate)| candidate)
}

fn fold(name: &str) -> String {
    name.to_lowercase().replace('_', "-")
}

fn distance(name: &str, candidate: &str) -> Option<(u8, usize)> {
    if name.is_empty() || candidate.is_empty() {
        return None;
    }
    if name == candidate {
        return Some((0, 0));
    }
    let difference = name.len().abs_diff(candidate.len());
    if ends_with_segments(candidate, name) || ends_with_segments(name, candidate) {
        return Some((1, difference));
    }
    let (length, other) = (name.chars().count(), candidate.chars().count());
    let longest = length.max(other);
    if longest <= LONGEST && length.abs_diff(other) <= longest / 3 {
        let edits = strsim::damerau_levenshtein(name, candidate);
        if edits <= longest / 3 {
            return Some((2, edits));
        }
    }
    (starts_with_segments(candidate, name) || starts_with_segments(name, candidate))
        .then_some((3, difference))
}

fn ends_with_segments(name: &str, end: &str) -> bool {
    name.strip_suffix(end).is_some_and(|rest| rest.ends_with('.'))
}

fn starts_with_segments(name: &str, start: &str) -> bool {
    name.strip_prefix(start).is_some_and(|rest| rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_candidate_is_suggested() {
        for (name, candidates, expected) in [
            ("depend-on", &["depends-on", "forbids"][..], Some("depends-on")),
            ("depends_on", &["depends-on", "depends_onn"], Some("depends-on")),
            ("Shop.Web", &["shop.web", "shop.webs"], Some("shop.web")),
            ("orders", &["shop.orders", "order"], Some("shop.orders")),
            ("src.shop.orders", &["shop.orders", "shop"], Some("shop.orders")),
            ("shop.ordres", &["shop.orders", "shop.order_items"], Some("shop.orders")),
            ("shop", &["shop.web", "shop.api", "chop"], Some("chop")),
            ("shop", &["shop.web", "shop.api"], Some("shop.api")),
            ("shop.orders.Order", &["shop.orders", "shop"], Some("shop.orders")),
            ("ab", &["ac"], None),
            ("abc", &["abd", "abe"], Some("abd")),
            ("storage", &["web", "services"], None),
            ("web", &["web"], None),
            ("", &["a"], None),
            ("a", &[], None),
        ] {
            assert_eq!(suggest(name, candidates.iter().copied()), expected, "{name}");
            assert_eq!(suggest(name, candidates.iter().rev().copied()), expected, "{name}, reversed");
        }
    }
}
