"""Subjects: they make questions and check solutions.

What every subject is, and where it is found:

- `base`: the protocols of a subject, and what subjects have in common;
- `registry`: subjects by their names;
- `levels`: a course's settings, read as a subject's level;
- `answers`: whether two final answers have the same value;
- `number_words`: whole numbers in words;
- `step_judging`: checks, reviews and corrections that follow from how a subject judges single steps.

The subjects:

- `column_addition`: sums in columns, each step judged;
- `multistep_arithmetic`: bracketed integer expressions, each step judged;
- `date_understanding`: dates some days, weeks, months and years away, each step judged;
- `logical_deduction`: things in an order that clues tell, each step judged;
- `equations`: any written solution, its equations judged;
- `question_files`: questions from a file (``jsonl:<file>``), their equations judged as well;
- `reasoning_gym_tasks`: reasoning-gym's tasks (``reasoning_gym:<task>``), answers alone.

Integer arithmetic in a step, behind the first two:

- `expressions`: integer expressions, their form and value;
- `worked_lines`: finds them, and chains of equations, in a step;
- `derivations`: whether one expression follows from another;
- `reductions`: the reference way to work one out, and likely mistakes;
- `arithmetic_words`: what people say of results and answers;
- `arithmetic_judge`: judges the steps.

Written addition, which adds to these:

- `columns`: numbers below one another, by column and by place value;
- `column_lines`: the reference way to add, and likely mistakes;
- `column_words`: what people say of digits and carries;
- `column_state`: what is known of an addition so far;
- `column_judge`: judges the steps.

Dates:

- `date_notation`: dates in a text, in figures and in words;
- `date_shifts`: so many days, weeks, months or years;
- `date_reader`: questions, as the given day and a chain of shifts;
- `date_wording`: questions in words of our own;
- `date_lines`: the reference way to work a date out, and likely mistakes;
- `date_claims`: what a step says of dates;
- `date_judge`: judges the steps.

Deductions:

- `deduction_scenes`: rows, ages, prices, heights and races, and the words for them;
- `deductions`: the orders that clues leave open;
- `deduction_reader`: questions, as things, clues and the place asked for;
- `deduction_wording`: questions in words of our own;
- `deduction_lines`: the reference way to write a deduction, and likely mistakes;
- `deduction_claims`: what a step says of the things' order;
- `deduction_judge`: judges the steps.

Questions with options, such as both of these may have: `choices`.

Equations in prose, in the order in which a text passes through:

- `equation_tokens`: text to tokens;
- `equation_words`: arithmetic that is said ("half of 48 is 24") to the same tokens;
- `equation_forms`: exact values, unknowns included;
- `equation_parser`: the tokens of one side to a value with its unit;
- `equation_sides`: where a side begins and ends in a sentence, and how it can be read;
- `equation_comparison`: whether two sides agree;
- `equation_notebook`: judges the equations of step after step, and remembers what variables stand for.

Word problems that multiply, for questions whose solutions have such equations:

- `worked_numbers`: the numbers in a text, and which of them may be drawn anew;
- `worked_expressions`: annotated equations (``<<48/2=24>>``), worked out exactly;
- `worked_problems`: a problem as one calculation;
- `worked_reader`: each number of a problem traced to where it comes from;
- `worked_draws`: other numbers that keep every result sensible;
- `worked_chains`: further questions about an answer;
- `worked_variants`: the same with other numbers, one step longer, a step alone;
- `multiplying`: a few questions made into many, none twice.
"""
