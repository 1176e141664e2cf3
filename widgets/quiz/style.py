"""What the quiz form looks like, on top of the common style."""

STYLE = """<style>
.course-quiz { max-width: 46em; }
.course-quiz .widget-radio, .course-quiz .widget-radio-box {
  width: 100%; height: auto; margin: 0; overflow: visible; font-size: inherit;
}
.course-quiz .widget-radio-box label {
  position: relative; width: auto; height: auto; margin: 0; padding: 3px 6px 3px 28px; border-radius: 3px;
  font-size: inherit; line-height: 1.5; white-space: normal; overflow-wrap: anywhere; cursor: pointer;
}
.course-quiz .widget-radio-box label:hover { background: var(--jp-layout-color2, rgba(128, 128, 128, .15)); }
.course-quiz .widget-radio-box input { position: absolute; left: 6px; top: .4em; margin: 0; }
.course-quiz .widget-radio-box label:focus-within, .course-quiz .widget-button:focus {
  outline: 2px solid var(--jp-brand-color1, #1976d2); outline-offset: 1px;
}
.course-quiz .quiz-hint { color: var(--jp-ui-font-color2, inherit); }
.course-quiz .quiz-question { margin: 14px 0 2px; font-weight: 600; white-space: pre-wrap; }
.course-quiz .quiz-line { margin: 4px 0 4px 6px; padding-left: 12px; border-left: 3px solid rgba(128, 128, 128, .5); }
.course-quiz .quiz-right { border-color: var(--jp-success-color1, #388e3c); }
.course-quiz .quiz-wrong { border-color: var(--jp-error-color1, #d32f2f); }
.course-quiz .quiz-progress { margin-top: 14px; }
.course-quiz .quiz-progress progress { width: 10em; margin-right: 6px; vertical-align: middle; }
.course-quiz .widget-button { width: auto; min-width: 10em; height: 32px; line-height: 30px; margin: 8px 10px 2px 2px; }
.course-quiz .quiz-buttons { flex-wrap: wrap; }
</style>"""
