//! Each mistake is one error, and all of them are reported. The sentences themselves are in the snapshots of `tests/ui`.

use super::errors;

/// Returns the codes of the errors, in the order of the source.
fn codes(source: &str) -> Vec<String> {
    errors(source)
        .iter()
        .map(|text| {
            let (_, code) = text.split_once(" [TG").expect("a code in every message");
            "TG".to_owned() + code.split(']').next().unwrap_or_default()
        })
        .collect()
}

#[track_caller]
fn one(source: &str, code: &str) {
    assert_eq!(codes(source), [code], "{source}");
}

#[track_caller]
fn none(source: &str) {
    assert_eq!(errors(source), Vec::<String>::new(), "{source}");
}

#[test]
fn how_arms_are_written() {
    one("a = f(1 2), b = g()", "TG001");
    one("a = f() @ 1, b = g()", "TG001");
    one("for x in xs f(x), b = g()", "TG001");
    one("a = f(), b = ", "TG002");
    one("a = , b = g()", "TG002");
    one("#[spawn], b = g()", "TG002");
    one("f(), , g()", "TG002");
    one(", f()", "TG002");
    one("a = f() b = g()", "TG003");
    one("a = f() #[spawn] b = g()", "TG003");
    one("for x in xs { f(x) } b = g()", "TG003");
    one("a = f() b , = g()", "TG003");
    one("a = f(), b , = g()", "TG003");
    one("a = f(); b = g()", "TG003");
    one("a = f(), b = g();", "TG003");
    one("for x in xs { f(x) }.collect(), g()", "TG004");
    one("for x in xs { f(x) }?", "TG004");
    one("a = f() => { 1 }, g()", "TG004");
    one("let a = f(), g()", "TG005");
    one("let mut a: T = f(), g()", "TG005");
    one("let (a, b) = f(), g()", "TG005");
    one("a: f(), g()", "TG005");
    one("a: T = f(), g()", "TG005");
    one("a := f(), g()", "TG005");
    one("a => f(), g()", "TG005");
    one("(a, b) = f(), g()", "TG006");
    one("a.b = f()", "TG006");
    one("a = b = f()", "TG006");
    one("_ = f()", "TG006");
    one("type = f()", "TG006");
    one("\"a\" = f()", "TG006");
    one("a = f(), a = g()", "TG007");
    one("'a: for x in xs { f(x) }", "TG008");
    one("for await x in xs { f(x) }", "TG009");
}

#[test]
fn tokens_that_are_missing_or_in_another_order() {
    for arm in [
        "= a f(1)",
        "= f(1)",
        "a = = f(1)",
        "a f = (1)",
        "a self.f = (1)",
        "a async = { f(1).await }",
        "a = x for in xs { f(x) }",
        "a = f 1",
        "a = f x",
        "a = ok f(1)",
        "a = taskgroup:ok(f(1))",
        "a = (f x, 1)",
        "a = &(f x, 1)",
        "a = f(x,, 1)",
        "f(, x)",
        "f(x&, 1)",
        "a = async { f(x)await }",
        "a = f(x).",
        "a = async f(x).await",
        "a = async move f(x)",
        "a = move async { f(x).await }",
        "#[blocking] move f || (x)",
        "#[blocking] |move| f(x)",
        "#[blocking] | f(x)",
        "#[blocking] a = f || (x)",
        "async { let x f(1).await?; Ok(x) }",
        "for x in xs { f x }",
        "asyn { f(x).await }",
        "for x, in xs { f(x) }",
        "for x in xs, { f(x) }",
    ] {
        one(&format!("{arm}, b = g()"), "TG001");
    }
    one("a f(1), b = g()", "TG003");
    one("a b = g()", "TG003");
    one("a == f(1), b = g()", "TG005");
    one("#[blocking] a || f(1), b = g()", "TG005");
    one("a #[spawn] = f(1), b = g()", "TG023");
    one("if a { f() } { g() }, b = g()", "TG053");
    // What syn cannot read is elsewhere.
    for arm in [
        "async { let x: &'a str = 1; break 'b x; f(1 2) }",
        "f(|move_| 1, async move { 1 }, move || 1, async |x| 1, 1 2)",
        "async { A { a: x b: 1 } }",
        "async { match x { A => y B => 1 } }",
        "async { m!(a b, , await move) + f(1.., 1 2) }",
    ] {
        let texts = errors(arm);
        assert!(texts.len() == 1 && texts.concat().starts_with("this arm cannot be read"), "{arm}: {texts:?}");
    }
}

#[test]
fn habits_from_elsewhere() {
    for option in
        ["limit = 8", "timeout = Duration::from_secs(5)", "deadline = Instant::now() + d", "max_concurrency = 8"]
    {
        one(&format!("{option}, f()"), "TG050");
    }
    one("f(), .limit(8)", "TG050");
    one("limit = 8; f(), g()", "TG050");
    none("limit = f(), timeout = sleep(d), name = self.name()");
    one("biased; f(), g()", "TG051");
    none("biased, biased = f(), f(biased)");
    one("f(), if wanted", "TG052");
    one("a = f(), if wanted, b = g()", "TG052");
    one("if wanted { f() }", "TG053");
    one("if a { f() } else if let Some(x) = y { g(x) }", "TG053");
    one("for x in xs { if x { f() } }", "TG053");
    none("if a { f() } else if b { g() } else { h() }, async { if a { f() } }");
    for start in ["spawn f()", "go f()", "launch { f().await }", "task { 1 }", "blocking move || f()"] {
        one(&format!("{start}, g()"), "TG054");
    }
    none("spawn(f()), spawn = f(), task.run(), launch!(f()), daemon::run()");
    assert_eq!(codes("let a = f(); let b = g(); (a, b)"), ["TG005", "TG005", "TG055"]);
    none("a = f(), (a)");
    one("{ f(); }", "TG056");
    one("{ let x = 1; }", "TG056");
    none("{ let x = 1; f(x) }, { f(); panic!() }, unsafe { f() }");
    one("a <- f(), g()", "TG005");
    none("f(a < -b)");
    for name in ["mut a", "self.user", "\"user\"", "user-1"] {
        one(&format!("{name} = f()"), "TG006");
    }
    one("|s| { s.spawn(f()) }", "TG032");
    one("|| async { f().await }", "TG032");
    one("tokio::task::spawn_blocking(f)", "TG039");
    one("for Some(x) in xs { f(x) }", "TG058");
    one("#[spawn] for Some((a, b)) in xs { f(a, b) }", "TG058");
    none("for (a, b) in xs { f(a, b) }, for Ok(x) in infallible { f(x) }, #[stream] for Some(x) in xs { f(x) }");
    none("async { tokio::task::spawn_blocking(f).await }, #[allow(detached)] tokio::task::spawn_blocking(f)");
}

#[test]
fn groups() {
    one("", "TG010");
    one("#[daemon] f(), #[daemon] g()", "TG011");
    one(&"f(), ".repeat(33), "TG012");
    none(&"f(), ".repeat(32));
    none(&("#[daemon] d(), ".to_owned() + &"f(), ".repeat(32)));
}

#[test]
fn attributes() {
    for attribute in ["#[spwan]", "#[tokio::spawn]", "#[allow_detached]", "#[cfg(test)]", "#[inline]", "#[child]"] {
        one(&format!("{attribute} f()"), "TG020");
    }
    one("#[timeout(five_seconds)] f()", "TG020");
    one("/// one\n/// two\nf()", "TG020");
    one("#[] f()", "TG021");
    one("#spawn f(), g()", "TG021");
    one("#![spawn] f(), g()", "TG021");
    one("#[spawn blocking] f()", "TG021");
    one("#[spawn(now)] f()", "TG021");
    one("#[allow(unused)] f()", "TG022");
    one("#[allow] f()", "TG022");
    one("a = #[spawn] f()", "TG023");
    one("#[spawn] #[spawn] f()", "TG024");
    one("#[spawn] #[blocking] f()", "TG025");
    one("#[daemon] for x in xs { f(x) }, g()", "TG026");
    one("#[stream] f()", "TG027");
    none("#[allow(detached, blocking_sleep)] f(), #[daemon] #[spawn] d()");
}

#[test]
fn awaiting_too_early() {
    one("a = f().await", "TG030");
    one("f().await?", "TG030");
    one("(f().await)", "TG030");
    one("f()?", "TG031");
    one("for x in xs { f(x).await }", "TG030");
    one("for x in xs { f(x).await? }", "TG030");
    one("for x in xs { f(x)? }", "TG031");
    none("f(token().await?)");
    none("{ connect(addr)? }");
    none("f(x.await)");
    none("for x in xs { let y = g(x).await?; f(y) }");
}

#[test]
fn what_a_child_is() {
    one("|| f()", "TG032");
    one("move || f()", "TG032");
    one("async || f().await", "TG032");
    one("for x in xs { move || f(x) }", "TG032");
    one("#[spawn] || std::thread::sleep(d)", "TG032");
    one("#[blocking] async { 1 }", "TG033");
    one("#[blocking] async move || 1", "TG033");
    one("#[blocking] for x in xs { async move { x } }", "TG033");
    one("loop { f().await }", "TG034");
    one("while f() {}", "TG034");
    one("#[daemon] loop { f().await }, g()", "TG034");
    one("for x in xs {}", "TG035");
    one("for x in xs { f(x); }", "TG035");
    one("for x in xs { let y = f(x); }", "TG035");
    one("for x in xs { f(x); println!(\"{x}\"); }", "TG035");
    none("for x in xs { unreachable!(); }");
    one("for x in xs { Ok(x) }", "TG041");
    one("#[blocking] for x in xs { Err(x) }", "TG041");
    one("for x in xs { if x { Ok(1) } else { f(x) } }", "TG041");
    one("#[spawn] for x in xs { let y = g(x)?; if y { Ok(1) } else { f(y) } }", "TG038");
    one("for x in xs { match x { 1 => { let y = 1; Ok(y) } _ => f(x) } }", "TG041");
    none(
        "for x in xs { match x { 1 => return Ok(1), _ => f(x) } }, for x in xs { async { if x { Ok(1) } else { f().await } } }",
    );
    none("for x in xs { return f(x).await; }");
    none("#[blocking] move || f(), #[blocking] make()");
    none("if fast { f() } else { g() }, match x { _ => f() }, unsafe { f() }, vec![f()].remove(0)");
}

#[test]
fn jumps_out_of_a_for() {
    one("for x in xs { if x { break } f(x) }", "TG036");
    one("for x in xs { if x { continue } f(x) }", "TG037");
    one("#[spawn] for x in xs { if x { continue } f(x) }", "TG037");
    one("'a: for x in xs { loop { break 'a } f(x) }", "TG036");
    one("for x in xs { loop { continue 'outside } f(x) }", "TG037");
    none("for x in xs { loop { break } for _ in x { continue } f(x) }");
    none("for x in xs { 'b: { break 'b } 'c: loop { loop { break 'c } } f(x) }");
    none("for x in xs { let y = g(x)?; if y { return Ok(1) } f(y) }");
    for attribute in ["#[spawn]", "#[blocking]", "#[stream] #[spawn]"] {
        for body in ["let y = g(x)?; f(y)", "let y = g(x).await?; f(y)", "if x { return f(x) } f(x)", "f(x)?"] {
            one(&format!("{attribute} for x in xs {{ {body} }}"), "TG038");
        }
    }
    // A body that is written for the child is one mistake, however often it leaves the owner.
    one("#[spawn] for x in xs { let y = g(x).await?; h(y)?; Ok(()) }", "TG038");
    none("#[spawn] for x in g()? { let f = || x?; async move { f().await?; return 1 } }");
}

#[test]
fn changes_outside_of_a_for() {
    one("for x in xs { total += x; f(x) }", "TG042");
    one("for x in xs { last = x; f(x) }", "TG042");
    one("for x in xs { state.seen[x] = true; f(x) }", "TG042");
    none("for mut x in xs { x += 1; let mut n = 0; n += x; f(n) }");
    none("for x in xs { if let Some(n) = x { n.a = 1 } f(x) }");
    none("for x in xs { declare!(n); n += 1; f(x) }");
    none("for x in xs { *x = 1; x.get().a = 1; A::B[0] = 1; let _ = || n += 1; f(x) }");
    none("#[spawn] for x in xs { total += x; f(x) }");
    none("for x in xs { unsafe { TOTAL += x } f(x) }");
}

#[test]
fn detached_and_sleeping() {
    for call in ["tokio::spawn(f())", "tokio::task::spawn(f())", "::tokio::spawn(f())", "std::thread::spawn(f)"] {
        one(call, "TG039");
        one(&format!("async {{ {call}; Ok(()) }}"), "TG039");
        one(&format!("async {{ drop(vec![{call}]); return {call2} }}", call2 = "f()"), "TG039");
        none(&format!("#[allow(detached)] async {{ {call}; Ok(()) }}"));
    }
    one("async { return ::tokio::spawn(f()) }", "TG039");
    one("async { tokio::spawn::<F<A>>(f()) }", "TG039");
    one("async { xs.map(tokio::spawn) }", "TG039");
    one("for x in xs { tokio::spawn(f(x)) }", "TG039");
    one("async { tokio::select! { _ = a => { tokio::spawn(b()); } } }", "TG039");
    one("async { ::std::thread::sleep(d) }", "TG040");
    one("#[spawn] for x in xs { std::thread::sleep(d); f(x) }", "TG040");
    none("#[allow(blocking_sleep)] async { std::thread::sleep(d) }");
    none("#[blocking] || std::thread::sleep(d)");
    none("async { tokio::task::spawn_blocking(|| std::thread::sleep(d)).await }");
    none("async { tokio::task::block_in_place(|| { std::thread::sleep(d) }) }");
    none("#[allow(detached)] async { std::thread::spawn(|| std::thread::sleep(d)) }");
    assert_eq!(codes("tokio::spawn(f()).await"), ["TG030", "TG039"]);
    assert_eq!(codes("async { tokio::spawn(f()); tokio::spawn(g()) }"), ["TG039", "TG039"]);
}

#[test]
fn what_merely_looks_like_it() {
    none("pool.spawn(f()), spawn(f()), task::spawn(f()), thread::sleep(d)");
    none("my::tokio::spawn(f()), crate::tokio::spawn(f()), self::std::thread::sleep(d), tokio::spawn::later(f())");
    none("<A as B>::tokio::spawn(f()), tokio::spawner(f())");
    none("async { log(\"tokio::spawn(f())\"); /* tokio::spawn(f()) */ Ok(()) }");
    none("async { println!(\"{}\", stringify!(tokio::spawn)); Ok(()) }");
    none("async { println!(\"{}\", stringify!(tokio::spawn(f()))); Ok(()) }");
    none("async { #[doc(alias(tokio::spawn))] fn a() {} use tokio::spawn; Ok(()) }");
    none("async { taskgroup::group!(tokio::spawn(f())).await }");
}

#[test]
fn all_mistakes_are_reported() {
    let source = "#[spwan] a = f(), let b = g().await; for x in xs { break } , c: || h() d = tokio::spawn(i())";
    let expected = ["TG020", "TG005", "TG030", "TG036", "TG005", "TG003", "TG032", "TG039"];
    assert_eq!(codes(source), expected);
    assert_eq!(
        codes("a = f(1 2), b = g().await, c = h( , d = 1), e = i().await"),
        ["TG001", "TG030", "TG001", "TG030"]
    );
}

#[test]
fn tokens_of_the_enclosing_group() {
    one("serve(l).with_graceful_shutdown(draining())", "TG043");
    one("serve(l, taskgroup::cancelled())", "TG043");
    one("serve(l, ::taskgroup::draining())", "TG043");
    one("serve(l, Some(draining()))", "TG043");
    one("serve(l, Config { signal: draining() })", "TG043");
    one("serve(l, ok(cancelled()))", "TG043");
    one("serve(l, draining(), cancelled())", "TG043");
    one("#[spawn] in_current_group(f())", "TG043");
    one("ok(taskgroup::in_current_group(f()))", "TG043");
    one("{ let server = serve(l, draining()); server }", "TG043");
    none("#[allow(outer_token)] serve(l, draining())");
    none(
        "draining(), cancelled(), taskgroup::ok(draining()), ok(cancelled()), shield(draining()), or_cancelled(draining())",
    );
    none("draining().map(Ok), Box::pin(cancelled()), (draining)(), if drains { draining() } else { cancelled() }");
    none("async { serve(l, draining()).await }, async move { in_current_group(f()).await }");
    none("#[blocking] move || serve(l, draining()), f(|| draining()), f(async { cancelled().await })");
    none("f(token.cancelled()), f(my::draining()), f(draining(x)), f(m!(draining()))");
    none("for c in accepts.take_until(draining()) { serve(c, draining()) }");
    none("#[spawn] for c in accepts { serve(c, draining()) }");
}
