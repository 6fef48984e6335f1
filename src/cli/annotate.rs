//! `demarche annotate`

use std::path::PathBuf;
use std::process::ExitCode;

use demarche::annotate::audit::Audit;
use demarche::annotate::stream;
use demarche::annotate::{self, Options};
use demarche::codebook::Codebook;
use demarche::corpus;
use demarche::error::{Error, Kind, Result};
use demarche::model::{Model, store};

use super::bar::Bar;
use super::printer::Printer;
use super::stop::Stop;

/// Label every paragraph of news articles with framing, stance and sentiment
///
/// Writes one row a paragraph into OUT, which opens in Excel and LibreOffice, and OUT.run.json beside it: inputs,
/// model, counts, and what was set aside and why. A run that was stopped or killed goes on where it was when the same
/// command is given again. Exit code: 0 all done, 1 done with inputs skipped, 2 stopped or nothing done, 130 Ctrl-C.
#[derive(clap::Args)]
#[command(after_help = "Example: demarche annotate articles/ -o annotated.csv")]
pub struct Args {
    /// Text, Markdown, HTML files, CSV, TSV or JSONL tables, folders of them, - for stdin
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// Column of a table that holds the text [default: found by name]
    #[arg(long, value_name = "NAME", help_heading = "Input")]
    text_column: Option<String>,
    /// Column that names the document [default: found by name]
    #[arg(long, value_name = "NAME", help_heading = "Input")]
    id_column: Option<String>,
    /// Column that holds the title [default: found by name]
    #[arg(long, value_name = "NAME", help_heading = "Input")]
    title_column: Option<String>,
    /// Column that holds the date [default: found by name]
    #[arg(long, value_name = "NAME", help_heading = "Input")]
    date_column: Option<String>,
    /// Keep set-aside paragraphs as rows without labels
    #[arg(long, help_heading = "Input")]
    keep_boilerplate: bool,
    /// Model: a name under models/ or a folder
    #[arg(
        long,
        value_name = "MODEL",
        default_value = "default",
        help_heading = "Labels"
    )]
    model: String,
    /// Labels and targets [default: the built-in codebook; `demarche codebook` prints it]
    #[arg(long, value_name = "FILE", help_heading = "Labels")]
    codebook: Option<PathBuf>,
    /// The sheet: .csv, .xlsx, .tsv, .jsonl or .parquet, by its ending; - streams JSON lines from - to stdout
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    output: PathBuf,
    /// Between the cells: ';' where Excel wants it (Turkish, Russian, German, French)
    #[arg(long, value_name = "CHAR", default_value = ",", value_parser = delimiter, help_heading = "Output")]
    delimiter: u8,
    /// Leave out the byte order mark, for scripts
    #[arg(long, help_heading = "Output")]
    no_bom: bool,
    /// Rows of the random sample that the column `audit` marks; read whole, it speaks for the sheet
    #[arg(long, value_name = "N", default_value_t = Audit::ROWS, help_heading = "Output")]
    audit: usize,
    /// Draw another sample
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Output")]
    audit_seed: u64,
    /// Word pieces in one batch, padding counted
    #[arg(long, value_name = "N", default_value_t = Options::MAX_BATCH_TOKENS, help_heading = "Speed")]
    max_batch_tokens: usize,
    /// Documents of a stream that are labelled together; 1 answers each at once
    #[arg(long, value_name = "N", default_value_t = stream::Options::DOCUMENTS, help_heading = "Speed")]
    batch_documents: usize,
    /// Threads of the encoder [default: one a core]
    #[arg(long, value_name = "N", help_heading = "Speed")]
    threads: Option<usize>,
}

fn delimiter(text: &str) -> std::result::Result<u8, String> {
    match text {
        "\\t" | "tab" => Ok(b'\t'),
        _ if text.len() == 1 => Ok(text.as_bytes()[0]),
        _ => Err("one character, such as ';' or ',' (or the word tab)".to_owned()),
    }
}

struct Progress<'a> {
    bar: Option<Bar>,
    printer: &'a Printer,
    stop: Stop,
    total: u64,
}

impl Progress<'_> {
    fn around(&self, print: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.around(print),
            None => print(),
        }
    }
}

impl annotate::Progress for Progress<'_> {
    fn reading(&mut self, documents: u64) {
        if self.bar.is_none() {
            self.bar = Some(Bar::new(self.printer, "documents read", 0, 0));
        }
        if let Some(bar) = &mut self.bar {
            bar.set(documents, documents, self.printer);
        }
    }
    fn start(&mut self, total: u64, done: u64) {
        if let Some(bar) = self.bar.take() {
            bar.finish();
        }
        if done > 0 {
            self.printer.say(&format!(
                "going on: {done} of {total} paragraphs were done before"
            ));
        }
        self.total = total;
        self.bar = Some(Bar::new(self.printer, "paragraphs", done, total));
    }
    fn paragraphs(&mut self, done: u64) {
        if let Some(bar) = &mut self.bar {
            bar.set(done, self.total, self.printer);
        }
    }
    fn note(&mut self, text: &str) {
        self.around(|| self.printer.say(text));
    }
    fn skipped(&mut self, error: &Error) {
        self.around(|| self.printer.warn(error));
    }
    fn stopped(&self) -> bool {
        self.stop.asked()
    }
}

/// Skipped inputs that are named again at the end.
const NAMED_AGAIN: usize = 10;

pub fn run(args: Args, printer: &mut Printer) -> Result<ExitCode> {
    if args.output.as_os_str() == "-" {
        return pipe(args, printer);
    }
    let mut options = Options::new(args.inputs, args.output, PathBuf::new());
    options.corpus = corpus::Options {
        text_column: args.text_column,
        id_column: args.id_column,
        title_column: args.title_column,
        date_column: args.date_column,
        spool: None,
    };
    options.keep_boilerplate = args.keep_boilerplate;
    options.max_batch_tokens = args.max_batch_tokens;
    options.threads = args.threads;
    options.delimiter = args.delimiter;
    options.bom = !args.no_bom;
    options.audit = Audit {
        rows: args.audit,
        seed: args.audit_seed,
    };
    if let Some(path) = &args.codebook {
        options.codebook = Codebook::from_file(path)?;
    }
    // What is wrong with the output is told before the model is looked for.
    options.check()?;
    options.model = store::model_folder(&args.model)?;
    let mut progress = Progress {
        bar: None,
        printer,
        stop: Stop::listen(),
        total: 0,
    };
    let result = annotate::run(&options, &mut progress);
    if let Some(bar) = &progress.bar {
        bar.finish();
    }
    let summary = result?;
    let plural = |n: u64, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
    let paragraphs = plural(summary.paragraphs, "paragraph", "paragraphs");
    printer.say(&format!(
        "{paragraphs} of {}: {} labelled, {} set aside, {} failed ({:.1} paragraphs a second)",
        plural(summary.documents, "document", "documents"),
        summary.labelled,
        summary.set_aside,
        summary.failed,
        summary.paragraphs_per_second(),
    ));
    printer.say(&format!(
        "{} (what was set aside, and why: {})",
        options.output.display(),
        demarche::export::run::path_of(&options.output).display(),
    ));
    if summary.skipped_total == 0 && summary.failed == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    if summary.skipped_total > 0 {
        printer.say(&format!(
            "skipped: {}",
            plural(summary.skipped_total, "input", "inputs")
        ));
        for skipped in summary.skipped.iter().take(NAMED_AGAIN) {
            printer.say(&format!("  {}", skipped.error().in_one_line()));
        }
        if summary.skipped_total > NAMED_AGAIN as u64 {
            printer.say("  … and more; all are in the run's record");
        }
    }
    Ok(ExitCode::from(1))
}

/// `annotate - -o -`: JSON lines to JSON lines.
fn pipe(args: Args, printer: &Printer) -> Result<ExitCode> {
    if args.inputs.len() != 1 || args.inputs[0].as_os_str() != "-" {
        return Err(Error::new(
            Kind::Usage,
            "standard output takes what comes from standard input alone",
        )
        .hint("demarche annotate - -o - < articles.jsonl; for files name an output, such as -o annotated.jsonl"));
    }
    let options = stream::Options {
        codebook: super::codebook::named(args.codebook.as_deref())?,
        corpus: corpus::Options {
            text_column: args.text_column,
            id_column: args.id_column,
            title_column: args.title_column,
            date_column: args.date_column,
            spool: None,
        },
        max_batch_tokens: args.max_batch_tokens.max(1),
        documents: args.batch_documents,
    };
    if let Some(threads) = args.threads {
        tch::set_num_threads(i32::try_from(threads).unwrap_or(i32::MAX));
    }
    let model = Model::open(&store::model_folder(&args.model)?)?;
    let result = stream::run(
        &model,
        &options,
        &mut std::io::stdin().lock(),
        &mut std::io::stdout().lock(),
    );
    let summary = match result {
        Ok(summary) => summary,
        Err(error) if is_closed_pipe(&error) => return Ok(ExitCode::SUCCESS),
        Err(error) => return Err(error),
    };
    printer.say(&format!(
        "{} documents: {} paragraphs labelled, {} set aside, {} lines became an error",
        summary.documents, summary.labelled, summary.set_aside, summary.errors
    ));
    Ok(match summary {
        stream::Summary { errors: 0, .. } => ExitCode::SUCCESS,
        stream::Summary { labelled: 0, .. } => ExitCode::from(2),
        _ => ExitCode::from(1),
    })
}

/// Whoever reads our output may have enough of it: that is no error.
fn is_closed_pipe(error: &Error) -> bool {
    let source = std::error::Error::source(error);
    let io = source.and_then(|e| e.downcast_ref::<std::io::Error>());
    io.is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
}
