"""Tests, intervals and summaries over faces and people."""
