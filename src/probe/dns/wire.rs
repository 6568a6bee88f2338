//! One question over UDP, with TCP behind it, or over any stream.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hickory_proto::op::Message;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

use super::message::{Question, fits, wants_no_edns};
use crate::probe::fault::Fault;
use crate::sample::Stage;
use crate::text;

/// Bytes of a datagram that are read; more than was asked for, for servers that do not care.
const DATAGRAM: usize = 4096;

/// Asks over UDP, twice if need be, and over TCP where the answer does not fit.
///
/// Each attempt has an id and a port of its own, so that neither can be guessed from the one before.
pub(super) async fn ask(
    server: SocketAddr,
    question: &Question,
    within: Duration,
) -> Result<Message, String> {
    let garbage = AtomicBool::new(false);
    let attempts = async {
        let (mut edns, mut patience) = (true, within / 2);
        loop {
            match timeout(patience, datagram(server, question, edns, &garbage)).await {
                Ok(Ok(reply)) if reply.metadata.truncation => {
                    return tcp(server, question)
                        .await
                        .map_err(|why| format!("the answer is too long for UDP, and over TCP: {why}"));
                }
                Ok(Ok(reply)) if edns && wants_no_edns(&reply) => edns = false,
                Ok(Ok(reply)) => return Ok(reply),
                Ok(Err(error)) => return Err(Fault::connect(&error, &server.to_string()).why()),
                Err(_) => patience = within,
            }
        }
    };
    match timeout(within, attempts).await {
        Ok(result) => result,
        Err(_) if garbage.load(Ordering::Relaxed) => {
            Err(format!("{server} sends what is no answer to the question"))
        }
        Err(_) => Err(silence(&server.to_string(), within)),
    }
}

/// The words for a time-out.
pub(super) fn silence(server: &str, within: Duration) -> String {
    format!("no answer from {server} within {}", text::short(within))
}

async fn datagram(
    server: SocketAddr,
    question: &Question,
    edns: bool,
    garbage: &AtomicBool,
) -> io::Result<Message> {
    let any = match server {
        SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
    };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(server).await?;
    let query = question.message(edns);
    socket.send(&query.to_vec().map_err(io::Error::other)?).await?;
    let mut buffer = vec![0; DATAGRAM];
    loop {
        let length = socket.recv(&mut buffer).await?;
        match Message::from_vec(&buffer[..length]) {
            Ok(reply) if fits(&query, &reply) => return Ok(reply),
            // Another's answer, a forged one, or noise: the right one may still come.
            _ => garbage.store(true, Ordering::Relaxed),
        }
    }
}

async fn tcp(server: SocketAddr, question: &Question) -> Result<Message, String> {
    let peer = server.to_string();
    let stream = TcpStream::connect(server).await.map_err(|error| Fault::connect(&error, &peer).why())?;
    over(stream, question, &peer).await
}

/// Asks over a stream, where a message has its length before it (RFC 1035, section 4.2.2).
pub(super) async fn over<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    question: &Question,
    peer: &str,
) -> Result<Message, String> {
    let broken = |error: io::Error| Fault::broken_off(&error, Stage::Exchange, peer).why();
    let query = question.message(true);
    let bytes = query.to_vec().map_err(|error| format!("cannot ask: {error}"))?;
    let length = u16::try_from(bytes.len()).map_err(|_| "cannot ask: the question is too long".to_owned())?;
    let mut framed = length.to_be_bytes().to_vec();
    framed.extend_from_slice(&bytes);
    stream.write_all(&framed).await.map_err(broken)?;
    let mut answer = vec![0; stream.read_u16().await.map_err(broken)?.into()];
    stream.read_exact(&mut answer).await.map_err(broken)?;
    read(&query, &answer, peer)
}

/// An answer that came by itself, so that it can be no other's.
pub(super) fn read(query: &Message, answer: &[u8], peer: &str) -> Result<Message, String> {
    let reply = Message::from_vec(answer).map_err(|_| format!("{peer} sends what is no DNS message"))?;
    if fits(query, &reply) {
        Ok(reply)
    } else {
        Err(format!("{peer} sends what is no answer to the question"))
    }
}
