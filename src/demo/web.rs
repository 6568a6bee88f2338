//! The demo's web: two hosts with the same shop, the front that customers reach, and customers.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::spawn_local;
use tokio::time::sleep;

use super::world::{FRONT, Level, Shop, Side, World};

type Reply = Response<Full<Bytes>>;

/// What is shown while the shop is closed.
pub(super) const CLOSED: &str = "Closed for maintenance: we are moving, and will be back in a few minutes.";
/// Where the front's second way in answers, while it is there.
const SECOND: &str = "/second";
/// Between two looks of customers.
const CUSTOMERS: Duration = Duration::from_millis(300);
/// What a server that cannot listen waits before it tries again.
const AGAIN: Duration = Duration::from_millis(100);
/// What customers do, one after the other, with something drawn between.
const PATHS: [(&str, &str); 6] = [
    ("GET", "/"),
    ("GET", "/apples"),
    ("POST", "/basket"),
    ("GET", "/basket"),
    ("POST", "/pay"),
    ("POST", "/uploads"),
];

/// A port that is free on all three addresses, and the front's socket on it.
pub(super) async fn port() -> io::Result<TcpListener> {
    let mut last = None;
    for _ in 0..16 {
        let front = TcpListener::bind((FRONT, 0)).await?;
        let port = front.local_addr()?.port();
        let others = [Side::Old, Side::New].map(|side| std::net::TcpListener::bind((side.address(), port)));
        match others.into_iter().collect::<Result<Vec<_>, _>>() {
            Ok(_) => return Ok(front),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| io::ErrorKind::AddrInUse.into()))
}

/// A host answers for as long as the demo lives; while it is off, nothing listens there.
pub(super) async fn host(world: Rc<World>, side: Side) {
    let mut shop = world.shop(side).subscribe();
    loop {
        if *shop.borrow_and_update() == Shop::Off {
            // The sender lives as long as the world.
            let _changed = shop.changed().await;
            continue;
        }
        let Ok(listener) = TcpListener::bind((side.address(), world.port)).await else {
            sleep(AGAIN).await;
            continue;
        };
        loop {
            tokio::select! {
                accepted = listener.accept() => {
                    let Ok((stream, _)) = accepted else { continue };
                    let world = Rc::clone(&world);
                    serve(stream, move |request| answer(Rc::clone(&world), side, request));
                }
                _ = shop.changed() => if *shop.borrow_and_update() == Shop::Off { break },
            }
        }
    }
}

/// What customers reach: it goes on to where the name points, as a resolver tells it.
pub(super) async fn front(world: Rc<World>, listener: TcpListener) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let world = Rc::clone(&world);
        serve(stream, move |request| forward(Rc::clone(&world), request));
    }
}

fn serve<A, F>(stream: TcpStream, answer: F)
where
    F: Fn(Request<Incoming>) -> A + 'static,
    A: Future<Output = Reply> + 'static,
{
    spawn_local(async move {
        let service = service_fn(move |request| {
            let reply = answer(request);
            async move { Ok::<_, Infallible>(reply.await) }
        });
        let http = hyper::server::conn::http1::Builder::new();
        // A client that hangs up is no fault of ours.
        let _hung_up = http.serve_connection(TokioIo::new(stream), service).await;
    });
}

async fn forward(world: Rc<World>, request: Request<Incoming>) -> Reply {
    let (head, _) = request.into_parts();
    if head.uri.path() == SECOND {
        return if world.second.get() {
            reply(StatusCode::OK, "text/plain", "the second way in")
        } else {
            reply(StatusCode::NOT_FOUND, "text/plain", "no second way in")
        };
    }
    if world.maintenance.get() {
        return reply(StatusCode::SERVICE_UNAVAILABLE, "text/plain", CLOSED);
    }
    let address = world.zone.borrow_mut().resolve(0).0.address();
    match ask((address, world.port).into(), head.method, head.uri.path()).await {
        Ok((status, kind, body)) => reply(status, kind, body),
        Err(_) => reply(StatusCode::BAD_GATEWAY, "text/plain", format!("no shop answers at {address}")),
    }
}

/// What a host answers.
async fn answer(world: Rc<World>, side: Side, request: Request<Incoming>) -> Reply {
    let shop = *world.shop(side).borrow();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let health = path == "/health";
    match shop {
        Shop::Closed => return reply(StatusCode::SERVICE_UNAVAILABLE, "text/plain", CLOSED),
        Shop::Off | Shop::Starting => {
            let body = format!("{{\"status\":\"starting\",\"side\":\"{}\"}}", side.name());
            return reply(StatusCode::SERVICE_UNAVAILABLE, "application/json", body);
        }
        Shop::Open if health => {
            sleep(world.pace.of(Duration::from_millis(world.draw(3, 18).into()))).await;
            let body =
                format!("{{\"status\":\"healthy\",\"side\":\"{}\",\"database\":\"healthy\"}}", side.name());
            return reply(StatusCode::OK, "application/json", body);
        }
        Shop::Open => {}
    }
    let took = world.draw(8, 90);
    sleep(world.pace.of(Duration::from_millis(took.into()))).await;
    if path == "/pay" && side == Side::New && !world.trusts.get() {
        let order = world.draw(1000, 9999);
        let why = format!("order {order} not paid: certificate of pay.example.net is not trusted");
        world.say(side, Level::Error, &why);
        return reply(StatusCode::BAD_GATEWAY, "text/plain", why);
    }
    if path == "/uploads" && !world.open_for_uploads.get() {
        return reply(StatusCode::FORBIDDEN, "text/plain", "uploads are held for the move");
    }
    if path == "/uploads" {
        let number = world.uploads.get() + 1;
        world.uploads.set(number);
        let file = side.uploads(&world.folder).join(format!("customer-{number:04}.jpg"));
        let size = usize::try_from(world.draw(4_000, 40_000)).unwrap_or(4_000);
        if let Err(error) = std::fs::write(&file, picture(&world, size)) {
            world.say(side, Level::Warning, &format!("an upload was not kept: {error}"));
        }
    }
    world.say(side, Level::Info, &format!("{method} {path} 200 in {took} ms"));
    reply(StatusCode::OK, "text/plain", format!("{path} from the {} host", side.name()))
}

/// Bytes that no two uploads share.
pub(super) fn picture(world: &World, size: usize) -> Vec<u8> {
    let mut bytes = vec![0; size];
    world.random.borrow_mut().fill(&mut bytes);
    bytes
}

fn reply(status: StatusCode, kind: &str, body: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(Full::new(body.into()));
    *reply.status_mut() = status;
    if let Ok(kind) = kind.parse() {
        reply.headers_mut().insert(hyper::header::CONTENT_TYPE, kind);
    }
    reply
}

/// Customers look at the shop for as long as the demo lives.
pub(super) async fn customers(world: Rc<World>) {
    let front = SocketAddr::from((FRONT, world.port));
    loop {
        for (method, path) in PATHS {
            let pause = CUSTOMERS + Duration::from_millis(world.draw(0, 200).into());
            sleep(world.pace.of(pause)).await;
            let method = if method == "POST" { Method::POST } else { Method::GET };
            spawn_local(async move {
                let _what_they_see = ask(front, method, path).await;
            });
        }
    }
}

/// One request over a connection of its own.
async fn ask(to: SocketAddr, method: Method, path: &str) -> io::Result<(StatusCode, &'static str, Bytes)> {
    let stream = TcpStream::connect(to).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    spawn_local(connection);
    let request = Request::builder().method(method).uri(path).header(hyper::header::HOST, super::zone::NAME);
    let request = request.body(Full::<Bytes>::default()).map_err(io::Error::other)?;
    let reply = sender.send_request(request).await.map_err(io::Error::other)?;
    let status = reply.status();
    let json =
        reply.headers().get(hyper::header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    let body = reply.into_body().collect().await.map_err(io::Error::other)?.to_bytes();
    Ok((status, if json { "application/json" } else { "text/plain" }, body))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::demo::pace::Pace;

    async fn world() -> (tempfile::TempDir, Rc<World>) {
        let folder = tempfile::tempdir().unwrap();
        let listener = port().await.unwrap();
        let at = listener.local_addr().unwrap().port();
        let world = Rc::new(World::new(folder.path(), at, Pace::FAST, false, 1).unwrap());
        for side in [Side::Old, Side::New] {
            spawn_local(host(Rc::clone(&world), side));
        }
        spawn_local(front(Rc::clone(&world), listener));
        (folder, world)
    }

    async fn seen(world: &World, at: Ipv4Addr, path: &str) -> Option<(u16, String)> {
        let (status, _, body) = ask((at, world.port).into(), Method::POST, path).await.ok()?;
        Some((status.as_u16(), String::from_utf8(body.to_vec()).unwrap()))
    }

    /// Waits until a host says that.
    async fn until(world: &World, side: Side, status: Option<u16>) {
        while seen(world, side.address(), "/health").await.map(|it| it.0) != status {
            sleep(Duration::from_millis(5)).await;
        }
    }

    #[tokio::test]
    async fn a_shop_opens_closes_and_is_reached_where_the_name_points() {
        let local = tokio::task::LocalSet::new();
        local
            .run_until(async {
                let (_folder, world) = world().await;
                until(&world, Side::Old, Some(200)).await;
                assert_eq!(seen(&world, Side::New.address(), "/health").await, None);
                assert!(seen(&world, FRONT, "/health").await.unwrap().1.contains("\"side\":\"old\""));

                world.new.send_replace(Shop::Starting);
                until(&world, Side::New, Some(503)).await;
                world.new.send_replace(Shop::Open);
                until(&world, Side::New, Some(200)).await;
                assert_eq!(seen(&world, Side::New.address(), "/pay").await.unwrap().0, 502);
                world.trusts.set(true);
                assert_eq!(seen(&world, Side::New.address(), "/pay").await.unwrap().0, 200);

                world.old.send_replace(Shop::Closed);
                let (status, page) = seen(&world, FRONT, "/health").await.unwrap();
                assert_eq!((status, page.as_str()), (503, CLOSED));
                world.old.send_replace(Shop::Off);
                until(&world, Side::Old, None).await;
                assert_eq!(seen(&world, FRONT, "/health").await.unwrap().0, 502);
            })
            .await;
    }

    #[tokio::test]
    async fn uploads_are_kept_by_the_host_that_took_them() {
        let local = tokio::task::LocalSet::new();
        local
            .run_until(async {
                let (folder, world) = world().await;
                until(&world, Side::Old, Some(200)).await;
                seen(&world, FRONT, "/uploads").await.unwrap();
                let kept = |side: Side| std::fs::read_dir(side.uploads(folder.path())).unwrap().count();
                assert_eq!([Side::Old, Side::New].map(kept), [1, 0]);
                let log = std::fs::read_to_string(World::log_file(folder.path())).unwrap();
                assert!(log.contains("INFO  shop-old POST /uploads 200 in "), "{log}");
            })
            .await;
    }
}
