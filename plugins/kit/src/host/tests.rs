use super::*;

/// A host without functions: a call that is not refused before says so.
fn table() -> abi::Host {
    // SAFETY: the table holds numbers, pointers and optional functions; zeros are 0, null and none.
    unsafe { std::mem::zeroed() }
}

fn text(answer: Result<(), Failure>) -> String {
    let failure = answer.expect_err("the host has no functions");
    failure.text.unwrap_or_default()
}

#[test]
fn a_slice_shorter_than_the_active_rows_never_reaches_the_host() {
    let table = table();
    // SAFETY: no function of this table is called, for it has none.
    let host = unsafe { Host::new(&table, std::ptr::null_mut(), 3) };
    let x = Tensor::NONE;
    let mut short = [0.0; 2];
    let said = |name: &str| format!("{name} needs room for 3 numbers, found 2");
    assert_eq!(text(host.rms(x, &mut short)), said("rms"));
    assert_eq!(text(host.norm(x, &mut short)), said("norm"));
    assert_eq!(text(host.error_norm((x, x), (x, x), (1.0, 1.0), &mut short)), said("error_norm"));
    assert_eq!(text(host.uniforms(0, 0, &mut short)), said("uniforms"));
    assert_eq!(text(host.select(x, &[1, 0], x, x)), said("select"));
    let failure = host.rms(x, &mut short).expect_err("too short");
    assert_eq!(failure.status, abi::E_INVALID);
    // Long enough: now it is the host that refuses.
    assert_eq!(text(host.rms(x, &mut [0.0; 3])), "the host has no function `norms`");
    assert_eq!(text(host.select(x, &[1, 0, 1, 1], x, x)), "the host has no function `select`");
}

#[test]
fn a_look_up_is_refused_and_not_cut() {
    let table = table();
    // SAFETY: as above.
    let host = unsafe { Host::new(&table, std::ptr::null_mut(), 2) };
    let mut out = [0.0; 32];
    let nine = [What::Alpha; 9];
    assert_eq!(text(host.lookup(&nine, Coef::One(1.0), &mut out)), "lookup takes at most 8 functions, found 9");
    let times = [1.0, 0.5];
    let said = text(host.lookup(&nine[..2], Coef::Each(&times), &mut out[..3]));
    assert_eq!(said, "lookup needs room for 4 numbers, found 3");
    let said = text(host.times_of(What::Sigma, Coef::Each(&times), &mut out[..1]));
    assert_eq!(said, "times_of needs room for 2 numbers, found 1");
    assert_eq!(text(host.lookup(&nine[..8], Coef::Each(&times), &mut out)), "the host has no function `lookup`");
}
