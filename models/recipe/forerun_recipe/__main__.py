"""Command line: `train` a package, `refit` it elsewhere, `map` its places, `gate` its precision, `success` to write down a measurement."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from forerun_recipe.bag import Topics
from forerun_recipe.calibration import calibrate
from forerun_recipe.dataset import Reading
from forerun_recipe.errors import RecipeError
from forerun_recipe.gate import choose
from forerun_recipe.landmarks import SPACING, put_map
from forerun_recipe.manifest import record_success
from forerun_recipe.settings import Settings


def parser() -> argparse.ArgumentParser:
    d, topics = Settings(), Topics()
    top = argparse.ArgumentParser(prog="recipe", description=__doc__)
    verbs = top.add_subparsers(dest="verb", required=True)
    t = verbs.add_parser("train", help="train a package from recordings of one robot in one scene")
    t.add_argument("recordings", nargs="+", type=Path, metavar="RECORDING", help="MCAP files (docs/recording.md)")
    t.add_argument("--out", type=Path, required=True, help="the package's folder, for example models/arm")
    t.add_argument("--name", help="the package's name (default: the folder's)")
    t.add_argument("--package-version", default="0.1.0", metavar="VERSION", help="the package's version (%(default)s)")
    t.add_argument("--description", help="one line for people")
    t.add_argument("--licence", default="MIT OR Apache-2.0", help="of the weights (%(default)s)")
    t.add_argument("--seed", type=int, default=d.seed, help="of everything random in training (%(default)s)")
    t.add_argument("--tolerance", type=float, metavar="M",
                   help="how near the tip must be to a goal (0.03 m; a body that drives: 0.15 m)")  # fmt: skip
    t.add_argument("--period", type=float, default=d.period, metavar="S", help="model step, rounded to camera periods (%(default)s s)")
    t.add_argument("--size", type=int, default=d.size, metavar="PIXELS", help="network image side, a multiple of 16 (%(default)s)")
    t.add_argument("--axes", default="", help="joint names in the order of the commands, where the recording does not say")
    t.add_argument("--image", default="", metavar="TOPIC", help=f"default: {' or '.join(topics.image)}")
    t.add_argument("--joint-states", default=topics.joint_states, metavar="TOPIC")
    t.add_argument("--odometry", default=topics.odometry, metavar="TOPIC")
    t.add_argument("--imu", default=topics.imu, metavar="TOPIC", help="orientation of a body, for training only")
    t.add_argument("--command", default=topics.command, metavar="TOPIC")
    t.add_argument("--robot-description", default=topics.robot_description, metavar="TOPIC")
    t.add_argument("--encoder-updates", type=int, default=d.jepa_updates, metavar="N", help="of the longest stage (%(default)s)")
    t.add_argument("--cache", type=Path, default=Path("target/recipe"), help="decoded pictures (%(default)s)")
    t.add_argument("--quick", action="store_true", help="about a minute: proves that the recipe runs, not that the model is good")
    r = verbs.add_parser("refit", help="fit a package to surroundings never seen, from a few minutes in them")
    r.add_argument("package", type=Path)
    r.add_argument("recordings", nargs="+", type=Path, metavar="RECORDING", help="MCAP files (docs/recording.md) of the package's robot")
    r.add_argument("--out", type=Path, required=True, help="the new package's folder")
    r.add_argument("--train-metric", action="store_true", help="train the metric on, too; without it, it is kept")
    r.add_argument("--keep-scene", action="store_true",
                   help="keep the encoder whole, its picture of what never moves included: only with --train-metric")  # fmt: skip
    r.add_argument("--seed", type=int, default=d.seed, help="of everything random (%(default)s)")
    r.add_argument("--cache", type=Path, default=Path("target/recipe"), help="decoded pictures (%(default)s)")
    m = verbs.add_parser("map", help="put a map into a package: places that its robot was at, for goals that are points")
    m.add_argument("package", type=Path)
    m.add_argument("recordings", nargs="+", type=Path, metavar="RECORDING", help="MCAP files (docs/recording.md) of its robot, there")
    m.add_argument("--spacing", type=float, default=SPACING, metavar="M", help="largest distance to a place of the map (%(default)s m)")
    m.add_argument("--cache", type=Path, default=Path("target/recipe"), help="decoded pictures (%(default)s)")
    c = verbs.add_parser("calibrate", help="put the places right that a package's probe reads: `train` does it, older versions did not")
    c.add_argument("package", type=Path)
    c.add_argument("recordings", nargs="+", type=Path, metavar="RECORDING", help="the MCAP files that it was trained on, in their order")
    c.add_argument("--cache", type=Path, default=Path("target/recipe"), help="decoded pictures (%(default)s)")
    g = verbs.add_parser("gate", help="ship graphs in int8 where `forerun check` lets them pass, else in f32")
    g.add_argument("package", type=Path)
    g.add_argument("forerun", nargs="?", default="target/release/forerun", help="the program (%(default)s)")
    s = verbs.add_parser("success", help="put the result of `forerun eval --json` into a manifest")
    s.add_argument("package", type=Path)
    s.add_argument("report", type=Path, help="JSON with success, n and ci95")
    s.add_argument("eval_command", metavar="COMMAND", help="the command that gave the report, quoted")
    return top


def main() -> int:
    top, d = parser(), Settings()
    args = top.parse_args()
    try:
        if args.verb == "success":
            table = record_success(args.package, args.report, args.eval_command)
            print(f"{args.package}: success {table['rate']} of {table['n']}, 95 % {table['ci95']}")
            return 0
        if args.verb == "refit":
            if args.keep_scene and not args.train_metric:
                top.error("--keep-scene: nothing is left to fit; add --train-metric")
            return _refit(args)
        if args.verb == "map":
            if not args.spacing > 0:
                top.error("--spacing must be above 0")
            reading = Reading(d.period, d.block, d.size)
            places = put_map(args.package, args.recordings, reading, args.cache, args.spacing)
            print(f"{args.package}: a map of {places} places, {args.spacing} m apart at most")
            return 0
        if args.verb == "calibrate":
            scale = calibrate(args.package, args.recordings, Reading(d.period, d.block, d.size), args.cache)
            said = f"places times {scale.factor.round(4)} plus {scale.offset.round(4)} m" if scale else "nothing drifts"
            print(f"{args.package}: {said}")
            return 0
        if args.verb == "gate":
            choice = choose(args.package, args.forerun)
            for line in choice.why:
                print(f"{args.package}: not {line}")
            print(f"{args.package}: {' and '.join(choice.int8) or 'nothing'} in int8")
            return 0
        if args.size % 16 or not 32 <= args.size <= 256:
            top.error(f"--size {args.size}: a multiple of 16 from 32 to 256")
        if not ((args.tolerance is None or args.tolerance > 0) and args.period > 0 and args.encoder_updates > 0):
            top.error("--tolerance, --period and --encoder-updates must be above 0")
        return _train(args)
    except RecipeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _refit(args: argparse.Namespace) -> int:
    from forerun_recipe.refit import Parts, refit

    s = replace(Settings(), seed=args.seed)
    parts = Parts(scene=not args.keep_scene, metric=args.train_metric)
    refit(args.package, args.recordings, args.out, s, Reading(s.period, s.block, s.size), args.cache, parts)
    return 0


def _train(args: argparse.Namespace) -> int:
    # Imported here: reading arguments and writing a manifest need no torch.
    from forerun_recipe.package import Label
    from forerun_recipe.pipeline import run

    s = replace(Settings(), seed=args.seed, tolerance=args.tolerance, period=args.period, size=args.size, jepa_updates=args.encoder_updates)
    s = s.quick() if args.quick else s
    image = (args.image,) if args.image else Topics().image
    topics = Topics(image, args.joint_states, args.odometry, args.imu, args.command, args.robot_description)
    axes = tuple(name.strip() for name in args.axes.split(",") if name.strip())
    name = args.name or args.out.name
    label = Label(name, args.package_version, args.description or f"{name}, trained by models/recipe", args.licence)
    run(args.recordings, args.out, label, s, Reading(s.period, s.block, s.size, axes, topics), args.cache)
    return 0


if __name__ == "__main__":
    sys.exit(main())
