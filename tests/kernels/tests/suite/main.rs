//! Every instruction set of this processor against the reference, the reference against plain f64.

mod allocation;
mod attention;
mod codes;
mod convolution;
mod functions;
mod linear;
mod non_finite;
mod support;

use kernels::kernel::{Activation, Isa};

#[test]
fn names() {
    for isa in Isa::ALL {
        assert_eq!(isa.name().parse(), Ok(isa));
        assert_eq!(isa.to_string(), isa.name());
    }
    let error = "avx3".parse::<Isa>().expect_err("no such set").to_string();
    assert!(
        error.contains("avx3") && error.contains("avx512-vnni"),
        "{error}"
    );
    let available: Vec<_> = Isa::available().collect();
    assert_eq!(available.first(), Some(&Isa::Scalar));
    assert_eq!(available.last(), Some(&Isa::best()));
    eprintln!(
        "tested: {}",
        available
            .iter()
            .map(|isa| isa.name())
            .collect::<Vec<_>>()
            .join(", ")
    );
}

#[test]
#[should_panic(expected = "this processor has no")]
fn a_set_that_is_not_there_is_refused() {
    let missing = Isa::ALL
        .into_iter()
        .find(|isa| !isa.is_available())
        .expect("no processor has all");
    kernels::kernel::activate(missing, Activation::Relu, &mut [1.0]);
}
