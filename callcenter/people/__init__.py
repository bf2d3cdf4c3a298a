"""Who works at the site and what is routed to them: users, agents, queues, skills, and the site's words
(pause reasons, dispositions). Also their web sessions."""
