"""``./dev bench acd`` runs the package."""

from benchmarks.acd.bench import main

if __name__ == "__main__":
    main()
