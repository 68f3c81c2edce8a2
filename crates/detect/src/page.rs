//! The whole page of a detection, as Markdown.

use std::fmt::Write as _;

use crate::detection::{Detection, Technique};
use crate::parameters::Parameter;

impl Technique {
    /// Where MITRE describes it.
    #[must_use]
    pub fn url(&self) -> String {
        format!(
            "https://attack.mitre.org/techniques/{}/",
            self.id.replace('.', "/")
        )
    }
}

impl Detection {
    /// All that is to be said of it, as Markdown: what it finds, how much that matters, techniques, parameters with their defaults, what weakens it,
    /// its query with the places that are filled in, and its page. Its title is a heading of that level, from 1.
    #[must_use]
    pub fn to_markdown(&self, level: usize) -> String {
        let title = "#".repeat(level);
        let mut text = format!("{title} {}\n\n{}.\n\n", self.id, capitalised(self.summary));
        text += &self.facts();
        text += &format!("{title}# Parameters\n\n{}\n", table(self.parameters));
        text += &format!(
            "{title}# Query\n\n{}\n\n```sql\n{}\n```\n\n",
            self.about_query(),
            self.sql.trim()
        );
        text += &deeper(self.page.trim_end(), level - 1);
        text.push('\n');
        text
    }

    fn facts(&self) -> String {
        let mut text = format!("- Severity: {}\n", self.severity.as_str());
        for technique in self.techniques {
            let (id, name, url) = (technique.id, technique.name, technique.url());
            // Writing to a string cannot fail.
            let _ = writeln!(text, "- MITRE ATT&CK: [{id} {name}]({url})");
        }
        for (field, what) in self.weakened_by {
            let _ = writeln!(text, "- Weakened without the field `{field}`: {what}");
        }
        text.push('\n');
        text
    }

    fn about_query(&self) -> &'static str {
        if self.sql_decides {
            "It has a row for each finding, and no other. In a finding it is filled in, and narrowed to the two ends."
        } else {
            "It shows the flows that were judged; it does not judge. In a finding it is filled in, and narrowed to the two ends."
        }
    }
}

/// Each heading so many levels further down.
fn deeper(page: &str, by: usize) -> String {
    let further = |line: &str| {
        if line.starts_with('#') {
            "#".repeat(by) + line
        } else {
            line.to_owned()
        }
    };
    page.lines()
        .map(|line| further(line) + "\n")
        .collect::<String>()
}

fn table(parameters: &[Parameter]) -> String {
    let mut text = "| parameter | default | unit | meaning |\n|---|---|---|---|\n".to_owned();
    for parameter in parameters {
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {} |",
            parameter.name, parameter.default, parameter.unit, parameter.about
        );
    }
    text
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::detection::DETECTIONS;

    const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/detections.md");
    const QUALITY: [&str; 2] = ["<!-- quality -->\n", "<!-- /quality -->\n"];
    const INTRODUCTION: &str = "\
# Detections

`flowcover detect` judges the [flows](flows.md) of records by these, all in one pass. Each is an id, numbers that can be set in `[detect.ID]` of the policy file, and a
query that shows what was judged. Fields are named as AWS names them. Where a past is needed, it comes from a baseline, or from the first days of the records.
This page is generated: `flowcover explain ID` prints the part about one of them.

";

    fn index() -> String {
        let mut text = "| detection | severity | finds |\n|---|---|---|\n".to_owned();
        for detection in DETECTIONS {
            let (id, severity) = (detection.id, detection.severity.as_str());
            let _ = writeln!(
                text,
                "| [`{id}`](#{id}) | {severity} | {} |",
                detection.summary
            );
        }
        text + "\n"
    }

    /// What stands between the marks. It holds measured figures, which are written by who measures them.
    fn quality(page: &str) -> &str {
        let after = page.split_once(QUALITY[0]).map(|(_, after)| after);
        let between = after.and_then(|after| after.split_once(QUALITY[1]));
        between.map_or("", |(between, _)| between)
    }

    fn document(before: &str) -> String {
        let pages = DETECTIONS.iter().map(|detection| detection.to_markdown(2));
        let pages: Vec<String> = pages.collect();
        [
            INTRODUCTION,
            &index(),
            QUALITY[0],
            quality(before),
            QUALITY[1],
            "\n",
            &pages.join("\n"),
        ]
        .concat()
    }

    /// The page of all detections; `UPDATE=1` writes it.
    #[test]
    fn the_page_lists_the_detections() {
        let page = std::fs::read_to_string(PATH).unwrap_or_default();
        let expected = document(&page);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(PATH, &expected).unwrap();
            return;
        }
        assert!(
            page == expected,
            "docs/detections.md is out of date: run this test with UPDATE=1"
        );
    }

    #[test]
    fn measured_figures_are_left_as_they_are() {
        let [begin, end] = QUALITY;
        let page = document(&format!("old\n{begin}| recall | 0.97 |\n{end}old\n"));
        assert_eq!(quality(&page), "| recall | 0.97 |\n");
        assert_eq!(document(&page), page);
    }

    #[test]
    fn a_page_has_all_that_is_to_be_said() {
        let detection = Detection::named("dns-tunnel").unwrap();
        insta::assert_snapshot!(detection.to_markdown(1));
    }

    #[test]
    fn a_technique_has_its_own_address() {
        for (id, path) in [("T1046", "T1046/"), ("T1071.004", "T1071/004/")] {
            let technique = Technique { id, name: "" };
            assert_eq!(
                technique.url(),
                format!("https://attack.mitre.org/techniques/{path}")
            );
        }
    }
}
