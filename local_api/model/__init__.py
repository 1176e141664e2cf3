"""Who answers: replies from a recording, or a live endpoint. It knows no run and no thread."""
