//! The scripts under `tests/emulators` as forks of one Python process, which has imported what they need.
//!
//! `tests/emulators/forkserver.py` describes what is said over its socket.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::OnceLock;

use crate::python::script;

/// One for all tests of this process. It ends with its standard input, which is open as long as this process lives.
static SERVER: OnceLock<Server> = OnceLock::new();

#[derive(Debug)]
struct Server {
    _child: Child,
    path: PathBuf,
}

/// How a script runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// The connection is its standard input and output.
    Talk,
    /// It is run to its end.
    Run,
}

/// A script with its arguments and what its environment has beside that of this process.
#[derive(Debug)]
pub(crate) struct Fork<'a> {
    script: &'a str,
    arguments: Vec<&'a str>,
    environment: Vec<(&'a str, String)>,
}

impl<'a> Fork<'a> {
    pub(crate) fn of(script: &'a str) -> Self {
        Self {
            script,
            arguments: Vec::new(),
            environment: Vec::new(),
        }
    }

    pub(crate) fn arguments(mut self, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        self.arguments.extend(arguments);
        self
    }

    pub(crate) fn environment(mut self, environment: Vec<(&'a str, String)>) -> Self {
        self.environment = environment;
        self
    }

    /// Starts it; it reads from and writes to the connection, and ends when that is closed.
    pub(crate) fn talk(&self) -> UnixStream {
        self.send(Way::Talk, "")
    }

    /// Runs it to its end with that standard input, and gives its standard output.
    pub(crate) fn run(&self, input: &str) -> String {
        let mut connection = self.send(Way::Run, input);
        let mut answer = String::new();
        let read = connection.read_to_string(&mut answer);
        let parts: Vec<&str> = answer.splitn(3, '\0').collect();
        let (Ok(_), [status, output, complaint]) = (read, parts.as_slice()) else {
            panic!("{self:?} gave no answer: {answer}");
        };
        assert!(*status == "0", "{self:?} failed:\n{complaint}");
        (*output).to_owned()
    }

    fn send(&self, way: Way, input: &str) -> UnixStream {
        let server = SERVER.get_or_init(Server::start);
        let connection = UnixStream::connect(&server.path);
        let mut connection = connection.expect("the fork server listens");
        for block in [self.request(way), input.to_owned()] {
            let length = u32::try_from(block.len()).expect("a request is small");
            connection
                .write_all(&length.to_be_bytes())
                .and_then(|()| connection.write_all(block.as_bytes()))
                .expect("the fork server reads");
        }
        connection
    }

    fn request(&self, way: Way) -> String {
        let way = match way {
            Way::Talk => "talk",
            Way::Run => "run",
        };
        let mut texts = vec![
            way.to_owned(),
            self.script.to_owned(),
            self.arguments.len().to_string(),
        ];
        texts.extend(self.arguments.iter().map(ToString::to_string));
        let settings = self.environment.iter();
        texts.extend(settings.map(|(name, value)| format!("{name}={value}")));
        assert!(
            texts.iter().all(|text| !text.contains('\0')),
            "no argument has a zero byte"
        );
        texts.join("\0")
    }
}

impl Server {
    fn start() -> Self {
        let mut child = script("forkserver.py")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the emulators' interpreter can be started");
        let mut line = String::new();
        let output = child.stdout.take().expect("it is piped");
        let read = BufReader::new(output).read_line(&mut line);
        let path = line.trim_end().strip_prefix("ready ");
        match (read, path) {
            (Ok(_), Some(path)) => Self {
                path: path.into(),
                _child: child,
            },
            _ => panic!("the fork server of the emulators did not start"),
        }
    }
}
