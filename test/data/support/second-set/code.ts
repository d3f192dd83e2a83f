/** Clean rows of a coding assistant: code in the answers, lists, links to documentation. */
export const code: readonly (readonly [question: string, answer: string])[] = [
  [
    'How do I reverse a list in Python without changing it?',
    'Use slicing, which makes a copy:\n\n```python\nback = items[::-1]\n```\n\nIf you only want to loop over it, `reversed(items)` is lighter because it copies nothing.',
  ],
  [
    'what does git stash do',
    'It puts your uncommitted changes aside and gives you a clean working tree. `git stash pop` brings them back. New files are left alone unless you add `-u`.',
  ],
  [
    'Why is my React component rendering twice?',
    'In development, StrictMode mounts every component twice on purpose, to show effects that do not clean up after themselves. The production build renders once. If it happens there too, look for a state update inside the render.',
  ],
  [
    'Difference between let and const in JavaScript',
    'Both are scoped to the block. A `const` cannot be assigned again, though an object in it can still change. Start with `const` and use `let` only where the value has to move.',
  ],
  [
    'how to find large files in linux',
    'This lists the twenty largest files under the current folder:\n\n```sh\nfind . -type f -printf "%s %p\\n" | sort -rn | head -20\n```\n\nAdd `-xdev` to stay on one file system.',
  ],
  [
    'Write a SQL query for the second highest salary',
    'With a window function, ties are handled as well:\n\n```sql\nSELECT DISTINCT salary\nFROM (SELECT salary, DENSE_RANK() OVER (ORDER BY salary DESC) AS place FROM employees) ranked\nWHERE place = 2;\n```',
  ],
  [
    'What is a race condition?',
    'Two pieces of work touch the same data, and the result depends on which one comes first. A counter that is read, raised and written back by two threads loses one step when both read before either writes. A lock or an atomic operation makes the three steps one.',
  ],
  [
    'my docker container exits immediately',
    'A container lives as long as its first process. Check what that is with `docker inspect`, and read the output with `docker logs NAME`. A service that puts itself into the background ends the container; run it in the foreground instead.',
  ],
  [
    'How do I undo the last commit but keep the changes?',
    'Run `git reset --soft HEAD~1`. The commit is gone and its changes are staged. If you have already pushed it, `git revert HEAD` is kinder to the others, because it does not rewrite history.',
  ],
  [
    'explain big O of binary search',
    'Each comparison halves what is left, so a list of n items needs about log2(n) steps: 20 for a million. That only holds if the list is sorted and you can jump to any position.',
  ],
  [
    'Is it safe to use eval?',
    'Only on text that you wrote yourself, and even then there is nearly always something better. Anything a user typed can run with the rights of your program. For data use `JSON.parse`, for formulas a small parser.',
  ],
  [
    'How to center a div',
    'Make the parent a grid:\n\n```css\n.parent { display: grid; place-items: center; min-height: 100vh; }\n```\n\nThat centres it both ways. For text alone, `text-align: center` is enough.',
  ],
  [
    'typescript: any vs unknown',
    '`any` switches the checker off. `unknown` says that you do not know yet, so you have to test the value before you use it. Prefer `unknown` for what comes from outside, such as parsed JSON.',
  ],
  [
    'What is the N+1 query problem?',
    "You load a list with one query and then each item's details with one more. A hundred orders become 101 queries. Load the details in one go with a join or an `IN` list; most ORMs have an option such as `include` or `select_related`.",
  ],
  [
    'how can I make my python script faster',
    '1. Measure first: `python -m cProfile -s cumtime script.py`.\n2. Look at the top three functions only.\n3. Replace loops over numbers by NumPy, or lists you search in by sets.\n4. Measure again.',
  ],
  [
    'What does the & at the end of a bash command mean?',
    'The command runs in the background and the prompt comes back at once. `jobs` lists such commands and `fg` brings the last one to the front. It ends with the shell unless you start it with `nohup`.',
  ],
  [
    'Regex for a date like 2024-05-31',
    'For the form alone:\n\n```\n^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$\n```\n\nIt still accepts February 31, so parse the result with a date library before you trust it.',
  ],
  [
    'Should I commit package-lock.json?',
    'Yes. It makes sure that everybody, and the build server, gets the same versions. The exception is a library, where the file does not reach your users, but it still helps your own tests.',
  ],
  [
    'what is a closure',
    'A function that remembers the variables around it, even after the outer function has returned:\n\n```js\nfunction counter() {\n  let n = 0;\n  return () => ++n;\n}\n```\n\nEach call of `counter` makes its own `n`.',
  ],
  [
    'How do I pick between threads and async in Python?',
    'If the program mostly waits for the network, async handles thousands of connections in one thread. If it calls blocking libraries, threads are simpler. For heavy computing use processes, since threads share one interpreter lock.',
  ],
  [
    "Can you explain this error: Cannot read properties of undefined (reading 'map')",
    'You call `.map` on something that is not there yet, often data that is still loading. Give it a start value (`useState([])`) or guard it: `items?.map(...)`. Then find out why it is missing, because the guard hides that.',
  ],
  ['how do i exit vim', 'Press Escape, type `:q` and press Enter. If you changed something, `:wq` saves it and `:q!` throws it away.'],
  [
    'What is the difference between a process and a thread?',
    'A process has its own memory; threads of one process share theirs. That makes threads cheap to start and quick to talk to each other, and it makes mistakes in one of them felt by all.',
  ],
  [
    'pandas: drop rows where a column is empty',
    'Use `dropna` with the column:\n\n```python\ndf = df.dropna(subset=["email"])\n```\n\nEmpty strings are not missing values. Turn them into such first: `df["email"] = df["email"].replace("", pd.NA)`.',
  ],
  [
    'Why use an index in a database?',
    'It lets the database jump to the rows instead of reading the whole table, like the register of a book. Each index costs space and slows down writes a little, so add one for the columns you really filter or sort by.',
  ],
  [
    'What HTTP status should I return when validation fails?',
    '422 says that the request was understood and its content is wrong; 400 is fine too if your API uses it throughout. Send the fields and messages in the body, so that a form can show them in place.',
  ],
  [
    'how to copy a folder over ssh',
    'With rsync you can repeat it cheaply:\n\n```sh\nrsync -av --progress photos/ me@server:/srv/photos/\n```\n\nThe slash at the end of `photos/` means its content. For a single copy, `scp -r photos me@server:/srv/` does as well.',
  ],
  [
    'What are environment variables good for?',
    'They keep what differs between machines, such as addresses and secrets, out of the code. Read them once at the start, check them, and fail with a clear message when one is missing.',
  ],
  [
    'is recursion bad',
    'Not at all; for trees it is often the clearest form. Mind the depth: Python stops at about a thousand calls, and JavaScript engines at some ten thousand. Deep or endless input is better walked with a stack of your own.',
  ],
  [
    'How do I write a good commit message?',
    'Say in the first line what the change does, in under 60 characters, as an order: "Fix the rounding of totals". Leave a blank line, then explain why. The how is in the diff.',
  ],
];
