//! Who answers, how they are asked, and what came out.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::answer::Answer;
use crate::cost::{Cost, Meter, medians};
use crate::question::{Form, Question};

/// Who answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reader {
    Flowcover(PathBuf),
    /// A script of `tests/bench`.
    Script(&'static str),
}

/// The comparators; the first one's answers are what the others must answer.
pub(crate) const COMPARATORS: [&str; 3] = ["duckdb", "polars", "chdb"];

impl Reader {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Flowcover(_) => "flowcover",
            Self::Script(name) => name,
        }
    }

    fn words(&self, meter: &Meter, question: &Question, data: &Path) -> Result<Vec<String>> {
        let form = question.form.name();
        // Beside the objects lies what is hidden in them.
        let folder = match question.form {
            Form::Converted => data.join(form),
            Form::Text | Form::Parquet => data.join(form).join("AWSLogs"),
        };
        let folder = folder.display().to_string();
        let file = format!("questions/{}.sql", question.name);
        let file = meter.scripts.join(file);
        let text = |path: &Path| path.display().to_string();
        Ok(match self {
            Self::Flowcover(program) => {
                let sql = fs::read_to_string(&file)
                    .with_context(|| format!("cannot read {}", file.display()))?;
                [
                    &text(program),
                    "query",
                    sql.trim(),
                    &folder,
                    "--format",
                    "csv",
                ]
                .map(str::to_owned)
                .to_vec()
            }
            Self::Script(name) => {
                let script = meter.scripts.join(format!("query_{name}.py"));
                [
                    &text(&meter.python),
                    "-B",
                    &text(&script),
                    &text(&file),
                    form,
                    &folder,
                ]
                .map(str::to_owned)
                .to_vec()
            }
        })
    }

    fn answer(&self, text: &str) -> Answer {
        match self {
            Self::Flowcover(_) => Answer::of_csv(text),
            Self::Script(_) => Answer::of_tabs(text),
        }
    }
}

/// The costs of one reader with one question.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) reader: Reader,
    pub(crate) question: Question,
    words: Vec<String>,
    costs: Vec<Cost>,
}

impl Entry {
    pub(crate) fn cost(&self) -> Option<Cost> {
        medians(&self.costs)
    }
}

/// Writing records as Parquet.
#[derive(Debug)]
struct Conversion {
    folder: PathBuf,
    words: Vec<String>,
    costs: Vec<Cost>,
}

impl Conversion {
    fn new(program: &Path, data: &Path) -> Self {
        let text = |path: &Path| path.display().to_string();
        let folder = data.join(Form::Converted.name());
        let objects = data.join(Form::Text.name()).join("AWSLogs");
        let words = [
            &text(program),
            "convert",
            &text(&objects),
            "--output",
            &text(&folder),
        ];
        Self {
            words: words.map(str::to_owned).to_vec(),
            folder,
            costs: Vec::new(),
        }
    }

    /// Converts everything anew.
    fn run(&self, meter: &Meter) -> Result<Cost> {
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder).context("cannot remove what was converted before")?;
        }
        Ok(meter.run(&self.words)?.0)
    }
}

/// Every reader with every question, over one set of objects.
#[derive(Debug)]
pub(crate) struct Contest {
    meter: Meter,
    conversion: Option<Conversion>,
    inflate_words: Vec<String>,
    inflate_costs: Vec<Cost>,
    pub(crate) entries: Vec<Entry>,
}

impl Contest {
    pub(crate) fn new(
        meter: Meter,
        data: &Path,
        readers: &[Reader],
        questions: &[Question],
    ) -> Result<Self> {
        let own = std::env::current_exe().context("this program has no path")?;
        let text = data.join(Form::Text.name());
        let inflate_words = [
            &own.display().to_string(),
            "inflate",
            &text.display().to_string(),
        ]
        .map(str::to_owned)
        .to_vec();
        let mut entries = Vec::new();
        let program = readers.iter().find_map(|reader| match reader {
            Reader::Flowcover(program) => Some(program),
            Reader::Script(_) => None,
        });
        let is_converted = |question: &Question| question.form == Form::Converted;
        let conversion = program
            .filter(|_| questions.iter().any(is_converted))
            .map(|program| Conversion::new(program, data));
        for question in questions {
            for reader in readers {
                // What flowcover wrote is asked of flowcover alone: without it, it is not there.
                if is_converted(question) && matches!(reader, Reader::Script(_)) {
                    continue;
                }
                entries.push(Entry {
                    reader: reader.clone(),
                    question: *question,
                    words: reader.words(&meter, question, data)?,
                    costs: Vec::new(),
                });
            }
        }
        Ok(Self {
            meter,
            conversion,
            inflate_words,
            inflate_costs: Vec::new(),
            entries,
        })
    }

    /// Runs everything once to warm up, and checks the answers.
    ///
    /// # Errors
    /// If a reader fails. Answers that differ are given, not an error yet.
    pub(crate) fn warm_up(&mut self) -> Result<Vec<String>> {
        self.meter.run(&self.inflate_words)?;
        if let Some(conversion) = &self.conversion {
            eprintln!("  convert");
            conversion.run(&self.meter)?;
        }
        let mut differences = Vec::new();
        let mut expected: Option<(&str, Answer)> = None;
        // The comparator that all must agree with is asked first.
        let mut order: Vec<&Entry> = self.entries.iter().collect();
        order.sort_by_key(|entry| {
            let is_judge = entry.reader.name() == COMPARATORS[0];
            (entry.question.name, !is_judge)
        });
        for entry in order {
            let (name, form) = (entry.question.name, entry.question.form.name());
            eprintln!("  {name} on {form}: {}", entry.reader.name());
            let (_, text) = self.meter.run(&entry.words)?;
            let answer = entry.reader.answer(&text);
            match &expected {
                Some((of, expected)) if *of == name => {
                    let difference = answer.difference(expected);
                    differences.extend(difference.map(|difference| {
                        format!("{name} on {form}: {}: {difference}", entry.reader.name())
                    }));
                }
                _ if answer.is_empty() => bail!("{name} has no answer at all"),
                _ => expected = Some((name, answer)),
            }
        }
        Ok(differences)
    }

    /// Runs everything once, one after the other, so that a change in the load of the machine meets all alike.
    pub(crate) fn round(&mut self) -> Result<()> {
        let (cost, _) = self.meter.run(&self.inflate_words)?;
        self.inflate_costs.push(cost);
        if let Some(conversion) = &mut self.conversion {
            let cost = conversion.run(&self.meter)?;
            conversion.costs.push(cost);
        }
        for entry in &mut self.entries {
            let (cost, _) = self.meter.run(&entry.words)?;
            entry.costs.push(cost);
        }
        Ok(())
    }

    /// What converting everything costs, if it was asked for.
    pub(crate) fn conversion(&self) -> Option<Cost> {
        medians(&self.conversion.as_ref()?.costs)
    }

    pub(crate) fn inflate(&self) -> Option<Cost> {
        medians(&self.inflate_costs)
    }
}
