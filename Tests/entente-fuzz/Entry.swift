// libFuzzer brings `main`; the targets bring the function that it calls.
import FuzzTargets
