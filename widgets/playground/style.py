"""What the playground looks like, on top of the common style: light and dark, wide and narrow."""

STYLE = """<style>
.course-play { max-width: 54em; }
.course-play .widget-text, .course-play .widget-textarea, .course-play .widget-dropdown,
.course-play .widget-checkbox { width: 100%; height: auto; margin: 0; overflow: visible; font-size: inherit; }
.course-play .widget-text, .course-play .widget-textarea, .course-play .widget-dropdown {
  flex-direction: column; align-items: stretch; margin-top: 6px;
}
.course-play .widget-text > label, .course-play .widget-textarea > label, .course-play .widget-dropdown > label {
  width: auto; text-align: left; font-size: inherit; font-weight: 600;
}
.course-play textarea, .course-play input[type=text], .course-play select {
  font-size: inherit; font-family: inherit; box-sizing: border-box;
}
.course-play textarea { width: 100%; padding: 6px 8px; line-height: 1.5; resize: vertical; }
.course-play select { flex: none; height: 32px; }
.course-play .widget-checkbox { padding: 2px 0; }
.course-play .widget-checkbox .widget-label-basic { font-size: inherit; }
.course-play .widget-button, .course-play .widget-upload {
  width: auto; min-width: 7em; max-width: 100%; height: auto; min-height: 32px; line-height: 1.4;
  margin: 6px 8px 2px 2px; padding: 5px 12px; font-size: inherit; white-space: normal; overflow: visible;
}
.course-play .widget-button:focus-visible, .course-play .widget-upload:focus-visible,
.course-play summary:focus-visible, .course-play pre:focus-visible,
.course-play textarea:focus, .course-play select:focus, .course-play input:focus {
  outline: 2px solid var(--jp-brand-color1, #1976d2); outline-offset: 1px;
}
.course-play .play-row { flex-flow: row wrap; align-items: center; }
.course-play .play-row > .widget-html { width: auto; }
.course-play .play-row > .widget-dropdown {
  width: auto; flex-direction: row; align-items: center; margin: 6px 8px 2px 2px;
}
.course-play .play-row > .widget-dropdown > label { margin-right: 6px; font-weight: 400; }
.course-play .play-questions > .widget-html { flex: 1 0 100%; }
.course-play .play-questions .widget-button { text-align: left; }
.course-play .play-scroll {
  display: flex; flex-direction: column-reverse; max-height: 34em; overflow-y: auto; margin-top: 10px;
  border-top: 1px solid rgba(128, 128, 128, .35);
}
.course-play .play-scroll > .widget-box { flex: none; padding: 4px 8px 10px 0; }
.course-play .play-form {
  margin: 10px 0; padding: 8px 14px 10px; border: 1px solid rgba(128, 128, 128, .5); border-radius: 6px;
}
.course-play .play-made-of { border-collapse: collapse; margin: 8px 0 2px; font-size: inherit; }
.course-play .play-made-of tr, .course-play .play-made-of tr:hover { background: none; }
.course-play .play-made-of th, .course-play .play-made-of td {
  padding: 1px 14px 1px 0; text-align: left; vertical-align: top; white-space: pre-wrap; max-width: none;
}
.course-play .play-made-of th { white-space: nowrap; }
.course-play .play-said { margin: 12px 0 4px; padding: 2px 0 2px 12px; border-left: 3px solid rgba(128, 128, 128, .5); }
.course-play .play-you { border-left-style: dotted; }
.course-play .play-assistant { border-color: var(--jp-brand-color1, #1976d2); }
.course-play .play-who { font-weight: 600; }
.course-play .play-words { white-space: pre-wrap; }
.course-play .play-said img { max-width: 100%; margin: 6px 0; background: #fff; }
.course-play .play-note { color: var(--jp-ui-font-color2, inherit); margin: 4px 0; }
.course-play .play-failure { margin: 8px 0; padding: 6px 12px; border: 2px solid var(--jp-error-color1, #d32f2f); }
.course-play a { color: var(--jp-content-link-color, #1976d2); }
.course-play details { margin: 6px 0 6px 15px; }
.course-play details details { margin: 2px 0; }
.course-play summary { cursor: pointer; }
.course-play pre {
  margin: 4px 0; padding: 6px 10px; max-height: 16em; overflow: auto; font-size: 13px; line-height: 1.4;
  color: inherit; background: rgba(128, 128, 128, .12); white-space: pre-wrap; overflow-wrap: anywhere;
}
</style>"""
