//! Cuts one full list answer into pages with tokens, which the emulators do not do.
//!
//! The proxy keeps the cut answer and gives the later pages itself: the caller's
//! signature covers a token that the emulator never made.

use std::ops::Range;

use super::call::Protocol;

/// Where a list lies in an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
struct List {
    /// The bytes of each item, without what separates them.
    items: Vec<Range<usize>>,
    /// Where a token can be inserted: just before the end of the outermost element or object.
    end: usize,
}

/// An answer cut into pages.
#[derive(Clone, Debug)]
pub(super) struct Split {
    answer: String,
    list: List,
    protocol: Protocol,
    service: String,
    size: usize,
}

impl Split {
    /// `None` if the answer holds no list, or one that fits into a page.
    pub(super) fn new(
        answer: &str,
        protocol: Protocol,
        service: &str,
        size: usize,
    ) -> Option<Self> {
        let list = match protocol {
            Protocol::Ec2 => xml_list(answer)?,
            Protocol::Json => json_list(answer)?,
            Protocol::Query | Protocol::S3 => return None,
        };
        let fits = list.items.len() <= size && size > 0;
        (!fits && !list.items.is_empty()).then(|| Self {
            answer: answer.to_owned(),
            list,
            protocol,
            service: service.to_owned(),
            size,
        })
    }

    /// Pages start at 0. With a size of zero the first page is empty and the second holds all.
    fn range(&self, page: usize) -> Range<usize> {
        let count = self.list.items.len();
        if self.size == 0 {
            return if page == 0 { 0..0 } else { 0..count };
        }
        let start = page.saturating_mul(self.size).min(count);
        start..start.saturating_add(self.size).min(count)
    }

    /// The page's body; `next` is the token of the page after it, used unless this is the last.
    pub(super) fn page(&self, page: usize, next: &str) -> String {
        let items = &self.list.items;
        let range = self.range(page);
        let is_last = range.end == items.len();
        let separator = if self.protocol == Protocol::Json {
            ","
        } else {
            ""
        };
        let (first, last) = (items[0].start, items[items.len() - 1].end);
        let shown: Vec<&str> = items[range]
            .iter()
            .map(|item| &self.answer[item.clone()])
            .collect();
        let token = if is_last {
            String::new()
        } else {
            self.token(next)
        };
        [
            &self.answer[..first],
            &shown.join(separator),
            &self.answer[last..self.list.end],
            &token,
            &self.answer[self.list.end..],
        ]
        .concat()
    }

    fn token(&self, next: &str) -> String {
        match (self.protocol, self.service.as_str()) {
            (Protocol::Json, "logs") => format!(r#","nextToken":"{next}""#),
            (Protocol::Json, _) => format!(r#","NextToken":"{next}""#),
            _ => format!("<nextToken>{next}</nextToken>"),
        }
    }
}

/// The `item`s of the first list under the root of an EC2 answer.
fn xml_list(answer: &str) -> Option<List> {
    let mut list = List {
        items: Vec::new(),
        end: 0,
    };
    let mut depth = 0_usize;
    let mut item_start = None;
    let mut list_is_over = false;
    for tag in tags(answer) {
        let name = &answer[tag.clone()];
        if name.starts_with("<?") || name.starts_with("<!") {
            continue;
        }
        if name.starts_with("</") {
            depth = depth.checked_sub(1)?;
            match (depth, item_start.take()) {
                (2, Some(start)) => list.items.push(start..tag.end),
                (2.., start) => item_start = start,
                (1, _) => list_is_over = !list.items.is_empty(),
                (0, _) => list.end = tag.start,
            }
        } else {
            if depth == 2 && name.starts_with("<item") && !list_is_over {
                item_start = Some(tag.start);
            }
            if !name.ends_with("/>") {
                depth += 1;
            }
        }
    }
    (depth == 0 && !list.items.is_empty()).then_some(list)
}

fn tags(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find('<')?;
        let end = start + text[start..].find('>')? + 1;
        at = end;
        Some(start..end)
    })
}

/// The elements of the first array directly in a JSON object.
fn json_list(answer: &str) -> Option<List> {
    let mut list = List {
        items: Vec::new(),
        end: 0,
    };
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    let (mut item_start, mut in_list) = (None, false);
    for (at, byte) in answer.bytes().enumerate() {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            continue;
        }
        let ends_item = in_list && depth == 2 && matches!(byte, b',' | b']');
        if ends_item && let Some(start) = item_start.take() {
            list.items.push(start..at);
        } else if in_list && depth == 2 && !byte.is_ascii_whitespace() && byte != b',' {
            item_start.get_or_insert(at);
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                in_list |= byte == b'[' && depth == 1 && list.items.is_empty();
                depth += 1;
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                in_list &= depth > 1;
                if depth == 0 {
                    list.end = at;
                }
            }
            _ => {}
        }
    }
    (depth == 0 && !list.items.is_empty()).then_some(list)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const VPCS: &str = "<?xml version=\"1.0\"?>\n<R xmlns=\"x\"><requestId>1</requestId><vpcSet>\
        <item><id>a</id><tagSet><item><key>k</key></item></tagSet></item>\
        <item><id>b</id><tagSet/></item><item><id>c</id></item></vpcSet><other><item>o</item></other></R>";
    const GROUPS: &str =
        r#"{"x": {"y": [9]}, "logGroups": [{"n": "a,]\""}, {"n": [1, 2]} , {"n": "c"}], "z": [7]}"#;

    fn pages(answer: &str, protocol: Protocol, size: usize, count: usize) -> Vec<String> {
        let split = Split::new(answer, protocol, "logs", size).unwrap();
        (0..count).map(|page| split.page(page, "T")).collect()
    }

    #[test]
    fn xml_pages_hold_whole_items_and_a_token_until_the_last() {
        let pages = pages(VPCS, Protocol::Ec2, 2, 2);
        let has = |page: usize, part: &str| pages[page].contains(part);
        assert!(has(0, "<key>k</key>") && has(0, "<id>b</id>") && !has(0, "<id>c</id>"));
        assert!(pages[0].ends_with("<other><item>o</item></other><nextToken>T</nextToken></R>"));
        assert!(has(1, "<vpcSet><item><id>c</id></item></vpcSet>") && !has(1, "nextToken"));
    }

    #[test]
    fn json_pages_are_json_with_a_token_until_the_last() {
        let pages = pages(GROUPS, Protocol::Json, 1, 3);
        let names: Vec<(serde_json::Value, bool)> = pages
            .iter()
            .map(|page| {
                let mut page: serde_json::Value = serde_json::from_str(page).unwrap();
                assert_eq!(page["z"][0], 7);
                (page["logGroups"].take(), page["nextToken"] == "T")
            })
            .collect();
        let expected = [
            (serde_json::json!([{"n": "a,]\""}]), true),
            (serde_json::json!([{"n": [1, 2]}]), true),
            (serde_json::json!([{"n": "c"}]), false),
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn a_size_of_zero_gives_an_empty_page_first() {
        let pages = pages(VPCS, Protocol::Ec2, 0, 2);
        assert!(pages[0].contains("<vpcSet></vpcSet>") && pages[0].contains("<nextToken>T"));
        assert_eq!(pages[1], VPCS);
    }

    #[test]
    fn what_fits_or_is_no_list_is_left_alone() {
        for (answer, protocol) in [
            (VPCS, Protocol::Ec2),
            (GROUPS, Protocol::Json),
            ("<R><vpcSet/></R>", Protocol::Ec2),
            ("<R><vpcSet><item>", Protocol::Ec2),
            ("</R></R>", Protocol::Ec2),
            ("", Protocol::Json),
            ("]", Protocol::Json),
            (r#"{"a": []}"#, Protocol::Json),
            (VPCS, Protocol::S3),
        ] {
            assert!(Split::new(answer, protocol, "x", 3).is_none(), "{answer}");
        }
    }
}
