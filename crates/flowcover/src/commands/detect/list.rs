//! `flowcover detect --list`: what can be detected.

use std::io::Write;

use flowcover_detect::DETECTIONS;

use crate::cli::ListFormat;
use crate::exit::Exit;
use crate::output;

pub(crate) fn run(format: ListFormat) -> anyhow::Result<Exit> {
    output::open_one(None)?.fill(|out| list(format, out))?;
    Ok(Exit::Clean)
}

fn list(format: ListFormat, out: &mut dyn Write) -> anyhow::Result<()> {
    match format {
        ListFormat::Table => {
            let widths = DETECTIONS.iter().map(|detection| detection.id.len());
            let width = widths.max().unwrap_or_default();
            for detection in DETECTIONS {
                let severity = detection.severity.as_str();
                writeln!(
                    out,
                    "{:width$}  {severity:6}  {}",
                    detection.id, detection.summary
                )?;
            }
        }
        ListFormat::Json => {
            let list: Vec<_> = DETECTIONS
                .iter()
                .map(|detection| {
                    let parameters = detection.parameters.iter().map(|parameter| {
                        serde_json::json!({
                            "name": parameter.name, "default": parameter.default, "unit": parameter.unit, "about": parameter.about,
                        })
                    });
                    serde_json::json!({
                        "id": detection.id, "summary": detection.summary, "severity": detection.severity,
                        "techniques": detection.techniques, "parameters": parameters.collect::<Vec<_>>(),
                    })
                })
                .collect();
            serde_json::to_writer_pretty(&mut *out, &list)?;
            writeln!(out)?;
        }
    }
    Ok(())
}
