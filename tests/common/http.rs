//! A web server on loopback whose answer can be changed while it runs.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// What the server says.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Headers beside `Content-Length` and `Connection`.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: String,
    /// Kept waiting before the answer.
    pub delay: Duration,
}

impl Answer {
    /// A JSON answer at once.
    pub fn json(status: u16, body: &str) -> Answer {
        Answer {
            status,
            headers: vec![("Content-Type".into(), "application/json".into())],
            body: body.into(),
            delay: Duration::ZERO,
        }
    }

    /// What a healthy service says.
    pub fn healthy() -> Answer {
        Answer::json(200, r#"{"status":"healthy","database":"healthy"}"#)
    }
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Request {
    /// The first line, such as `GET /health HTTP/1.1`.
    pub line: String,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
}

struct Shared {
    answer: Mutex<Answer>,
    requests: Mutex<Vec<Request>>,
    stopped: std::sync::atomic::AtomicBool,
}

/// A running server; stops when dropped, and then its port refuses.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// A server on a free port of 127.0.0.1.
    pub fn start(answer: Answer) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            answer: Mutex::new(answer),
            requests: Mutex::default(),
            stopped: false.into(),
        });
        let theirs = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if theirs.stopped.load(std::sync::atomic::Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&theirs);
                // A client that leaves in mid-answer is its own affair.
                std::thread::spawn(move || stream.map(|stream| serve(&stream, &shared)));
            }
        });
        Server { address, shared, thread: Some(thread) }
    }

    /// Where it listens, as `127.0.0.1:port`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// A URL on it; `path` begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Says something else from now on.
    pub fn answer(&self, answer: Answer) {
        *self.shared.answer.lock().unwrap() = answer;
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, std::sync::atomic::Ordering::SeqCst);
        // Wakes the accept loop; if even that fails there is nothing left to stop.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(mut stream: &TcpStream, shared: &Shared) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut lines = BufReader::new(stream).lines();
    let Some(line) = lines.next().transpose()? else { return Ok(()) };
    let mut headers = Vec::new();
    for header in lines {
        let header = header?;
        let Some((name, value)) = header.split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    shared.requests.lock().unwrap().push(Request { line, headers });
    let answer = shared.answer.lock().unwrap().clone();
    std::thread::sleep(answer.delay);
    let mut reply = format!(
        "HTTP/1.1 {} Test\r\nContent-Length: {}\r\nConnection: close\r\n",
        answer.status,
        answer.body.len()
    );
    for (name, value) in &answer.headers {
        for part in [name, ": ", value, "\r\n"] {
            reply += part;
        }
    }
    stream.write_all(format!("{reply}\r\n{}", answer.body).as_bytes())
}
