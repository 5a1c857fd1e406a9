//! Times of the kernels on one core: `measure [ISA] [F32|INT8] [WORD IN A NAME]`.

mod clock;
mod convolutions;
mod dense;
mod transformer;

use clock::least;
use kernels::kernel::*;

struct Run {
    isa: Isa,
    product: Product,
    peak: f64,
    only: String,
}

impl Run {
    fn row(&self, name: &str, macs: f64, call: impl FnMut()) {
        if !name.contains(&self.only) {
            return;
        }
        let time = least(call);
        let rate = macs / time;
        println!(
            "{:11} {:4} {name:44} {:9.2} us {:7.1} GMAC/s {:5.1} % of peak",
            self.isa.name(),
            if self.product == Product::F32 {
                "f32"
            } else {
                "int8"
            },
            time * 1e6,
            rate / 1e9,
            100.0 * rate / self.peak
        );
    }

    fn all(&self) {
        self.single(256, 256);
        self.single(1024, 1024);
        self.single(4096, 4096);
        self.mlp("66-256-256-64 LN SiLU", &[66, 256, 256, 64], true);
        self.mlp("24-256-256-256-18 SiLU", &[24, 256, 256, 256, 18], false);
        self.mlp("512-1024-1024-512 LN SiLU", &[512, 1024, 1024, 512], true);
        self.encoder();
        self.patches(224, 14, 192);
        self.patches(64, 8, 384);
        for rows in [1, 32, 128] {
            self.block("384, 16 heads of 64, 2048", rows, [3, 384, 16, 1024, 2048]);
        }
        for rows in [1, 4] {
            self.block("ViT-s 384, 6 heads", rows, [64, 384, 6, 384, 1536]);
            self.block("ViT-tiny 192, 3 heads", rows, [257, 192, 3, 192, 768]);
        }
        if self.product == Product::F32 {
            self.functions();
        }
    }
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let mut only = String::new();
    let (mut isas, mut products) = (
        Isa::available().collect::<Vec<_>>(),
        vec![Product::Int8, Product::F32],
    );
    for word in &words {
        match (word.parse::<Isa>(), word.as_str()) {
            (Ok(isa), _) => isas = vec![isa],
            (_, "f32") => products = vec![Product::F32],
            (_, "int8") => products = vec![Product::Int8],
            (_, text) => only = text.into(),
        }
    }
    for isa in isas {
        for &product in &products {
            let peak = peak(isa, product);
            println!("{isa} {product:?}: peak {:.1} GMAC/s", peak / 1e9);
            let only = only.clone();
            Run {
                isa,
                product,
                peak,
                only,
            }
            .all();
        }
    }
}
