//! `forerun bench`: measurements on this machine; one file each.

mod adapter;
mod encode;
mod line;
mod machine;
mod networks;
mod plan;
mod rollout;
#[cfg(feature = "ros")]
mod ros;
mod samples;
mod step;

use clap::{Args, Subcommand};

use super::Failure;
use super::terminal::{put, put_line};
pub(super) use machine::cpu;

/// Measures the line's stages on this machine.
#[derive(Debug, Args)]
pub struct Bench {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Picture to latent: conversion and encoder, and encoders against other runtimes.
    Encode(encode::Encode),
    /// Picture to command: every stage, and the search at several sizes.
    Plan(plan::Plan),
    /// Image topic to command topic: the node beside an rclpy node, latency, processor and memory.
    #[cfg(feature = "ros")]
    Ros(ros::Ros),
    /// Latent to next latent: predictors against other runtimes, and whole rollouts.
    Step(step::Step),
}

/// What every measurement takes.
#[derive(Debug, Args)]
struct Common {
    /// Package name or folder.
    #[arg(long, default_value = "arm")]
    model: String,
    /// How often each stage is measured.
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(10..=1_000_000))]
    repetitions: u32,
    /// Draws the pictures.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print one JSON object on stdout instead of text.
    #[arg(long)]
    json: bool,
}

impl Bench {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self.what {
            What::Encode(encode) => encode.run(),
            What::Plan(plan) => plan.run(),
            #[cfg(feature = "ros")]
            What::Ros(ros) => ros.run(),
            What::Step(step) => step.run(),
        }
    }
}

/// Prints `report` as JSON or as text.
fn print<T: serde::Serialize + std::fmt::Display>(report: &T, json: bool) -> Result<(), Failure> {
    if json {
        let text = serde_json::to_string_pretty(report);
        put_line(format_args!(
            "{}",
            text.map_err(|why| Failure::Job(why.to_string()))?
        ));
    } else {
        put(format_args!("{report}"));
    }
    Ok(())
}
