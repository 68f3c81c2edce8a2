//! Reads the policy file and shows what is wrong with it, at its line.

use std::fs;
use std::path::{Path, PathBuf};

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use flowcover_core::policy::{Diagnostic, Level as DiagnosticLevel, Policy};

use crate::failure::Failure;
use crate::terminal;

/// Name under which a policy is found in the current folder.
pub(crate) const DEFAULT_NAME: &str = "flowcover.toml";
/// Largest policy file that is read, in bytes.
const MOST_BYTES: u64 = 1 << 20;

/// The policy of a run: the file given, else `flowcover.toml` here, else the preset alone.
pub(crate) fn load(path: Option<&Path>, preset: Option<&str>) -> anyhow::Result<Policy> {
    let found = PathBuf::from(DEFAULT_NAME);
    let path = path.or_else(|| found.is_file().then_some(found.as_path()));
    let Some(path) = path else {
        return Ok(Policy::preset(preset.unwrap_or("cis"))
            .map_err(|error| Failure::usage(error.to_string()))?);
    };
    let name = path.display().to_string();
    let text = read(path)?;
    match Policy::parse(&text, &name, preset) {
        Ok(parsed) => {
            parsed
                .warnings
                .iter()
                .for_each(|warning| show(&text, &name, warning));
            Ok(parsed.policy)
        }
        Err(diagnostics) => {
            diagnostics
                .iter()
                .for_each(|diagnostic| show(&text, &name, diagnostic));
            Err(
                Failure::usage(format!("the policy file {name} cannot be used"))
                    .hint("`flowcover init --print` shows every setting with its meaning")
                    .into(),
            )
        }
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    let refused = |why: &str| {
        Failure::usage(format!(
            "cannot read the policy file {}: {why}",
            path.display()
        ))
    };
    let size = fs::metadata(path)
        .map_err(|error| refused(&error.to_string()))?
        .len();
    if size > MOST_BYTES {
        return Err(refused("it is larger than 1 MiB"));
    }
    let bytes = fs::read(path).map_err(|error| refused(&error.to_string()))?;
    String::from_utf8(bytes).map_err(|_| refused("it is not UTF-8 text"))
}

/// Shows what is wrong with a file, at its line.
pub(crate) fn show(text: &str, name: &str, diagnostic: &Diagnostic) {
    let level = match diagnostic.severity {
        DiagnosticLevel::Error => Level::ERROR,
        DiagnosticLevel::Warning => Level::WARNING,
    };
    let mut report = level
        .primary_title(diagnostic.message.as_str())
        .elements(std::iter::empty::<annotate_snippets::Element<'_>>());
    if let Some(place) = &diagnostic.place {
        let annotation = AnnotationKind::Primary.span(place.span.clone());
        let annotation = annotation.label(diagnostic.label.as_deref().unwrap_or_default());
        report = report.element(Snippet::source(text).path(name).annotation(annotation));
    }
    if let Some(hint) = &diagnostic.hint {
        report = report.element(Level::HELP.no_name().message(format!("hint: {hint}")));
    }
    terminal::say(&Renderer::styled().render(&[report]).to_string());
}
