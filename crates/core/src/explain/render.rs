//! Pages and their index as markdown.

use std::fmt::Write as _;

use super::{Control, Page, framework_name, pages};

/// One page, for `docs/checks/<id>.md`.
pub(super) fn page_markdown(page: &Page) -> String {
    let mut out = format!(
        "# {}\n\n`{}` · severity {} · {} · profile level {}\n\nWho should care: {}.\n",
        page.title,
        page.id,
        page.severity,
        decides(page),
        page.profile_level,
        page.audience.join(", "),
    );
    for section in &page.sections {
        push_block(&mut out, &format!("## {}", section.heading), &section.body);
        for part in &section.parts {
            push_block(&mut out, &format!("### {}", part.heading), &part.body);
        }
    }
    push_block(&mut out, "## Frameworks", &controls_table(&page.frameworks));
    out
}

/// The list of all checks, for `docs/checks/README.md`.
#[must_use]
pub fn index_markdown() -> String {
    let mut out = String::from(
        "# Checks\n\nOne page per check: what it finds, why it matters, how to audit and mend it by hand, \
         and how to back out. `flowcover explain ID` prints the same text. \
         [Frameworks](frameworks.md) lists the controls that each check gives evidence for.\n\n\
         | check | finding | severity | decides the verdict |\n|---|---|---|---|\n",
    );
    for page in pages() {
        push_row(
            &mut out,
            &[
                &format!("[`{0}`]({0}.md)", page.id),
                &page.title,
                page.severity.as_str(),
                if page.decides { "yes" } else { "no" },
            ],
        );
    }
    out
}

fn decides(page: &Page) -> &'static str {
    if page.decides {
        "decides the verdict"
    } else {
        "does not decide the verdict"
    }
}

fn controls_table(controls: &[Control]) -> String {
    if controls.is_empty() {
        return "No control of the mapped frameworks asks for this.".to_owned();
    }
    let mut table = String::from("| framework | version | control | asks |\n|---|---|---|---|\n");
    for control in controls {
        push_row(
            &mut table,
            &[
                framework_name(&control.framework),
                &control.version,
                &control.control,
                &control.title,
            ],
        );
    }
    table.trim_end().to_owned()
}

/// Adds a heading and its text, each set off by a blank line.
pub(super) fn push_block(out: &mut String, heading: &str, body: &str) {
    let _ = writeln!(out, "\n{heading}");
    if !body.is_empty() {
        let _ = writeln!(out, "\n{body}");
    }
}

/// Adds a table row; a bar inside a cell would end the cell.
pub(super) fn push_row(out: &mut String, cells: &[&str]) {
    for cell in cells {
        let _ = write!(out, "| {} ", cell.replace('|', "\\|"));
    }
    out.push_str("|\n");
}
