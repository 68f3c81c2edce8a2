//! `flowcover init`: a policy file with every setting explained.

use flowcover_core::policy;

use crate::cli;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::{output, terminal};

pub(crate) fn run(arguments: &cli::Init) -> anyhow::Result<Exit> {
    let text = template(&arguments.preset);
    if arguments.print {
        output::print(&text)?;
        return Ok(Exit::Clean);
    }
    if arguments.output.exists() {
        return Err(
            Failure::usage(format!("{} is there already", arguments.output.display()))
                .hint("`flowcover init --print` shows the template without writing it")
                .into(),
        );
    }
    let file = output::open_one(Some(&arguments.output))?;
    file.fill(|out| Ok(out.write_all(text.as_bytes())?))?;
    terminal::note(&format!("wrote {}", arguments.output.display()));
    Ok(Exit::Clean)
}

/// The template, starting from another preset than the one it names.
fn template(preset: &str) -> String {
    let named = format!("preset = \"{}\"", policy::DEFAULT_PRESET);
    policy::TEMPLATE.replacen(&named, &format!("preset = \"{preset}\""), 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flowcover_core::policy::{Policy, preset_names};

    #[test]
    fn the_template_starts_from_the_preset_asked_for() {
        for name in preset_names() {
            let parsed = Policy::parse(&template(name), "flowcover.toml", None);
            assert_eq!(
                parsed.map(|parsed| parsed.policy.preset).ok().as_deref(),
                Some(name)
            );
        }
    }
}
